"""Generations from their beginning to their end: begun, built, switched to, dropped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from ingest.care.check import check
from ingest.care.generations.fill import fill
from ingest.care.generations.opener import Opener
from ingest.care.generations.recipe import recipe_of, same
from ingest.care.live import LiveGeneration, OpenGeneration
from ingest.care.subject import Subject
from ingest.care.upkeep import Upkeep
from ingest.errors import EmbedError, GenerationError
from ingest.models.embedders.blind import Blind
from ingest.models.embedders.opening import open_embedder
from ingest.settings import IngestSettings
from ingest.store.catalogue import generations
from ingest.store.catalogue.generations import Generation, GenerationState, Recipe
from ingest.store.catalogue.jobs.progress import Progress
from ingest.store.exclusion import Exclusion

LAST_QUESTIONS_S = 10.0
"""So long the embedder of the generation before is kept for questions that are under way."""


class Generations:
    """The generations of one catalogue, of which one is live."""

    def __init__(
        self,
        opener: Opener,
        live: LiveGeneration,
        exclusion: Exclusion,
        upkeep: Upkeep,
        on_switch: Callable[[], None],
    ) -> None:
        """`on_switch` is called when documents are to be cut as another generation wants it."""
        self._opener = opener
        self._catalogue = opener.catalogue
        self._live = live
        self._exclusion = exclusion
        self._upkeep = upkeep
        self._on_switch = on_switch

    @property
    def outdated(self) -> bool:
        """Whether the settings ask for another generation than the live one."""
        asked = recipe_of(self._opener.settings, self._opener.at_hand)
        return not same(self._live.now.generation.recipe, asked)

    def begin(self, **changes: Any) -> Generation:
        """A generation by the settings, with `changes` to `chunk_tokens` and the like, to be built.

        One that is being built by the same recipe already is given back.

        Raises:
            GenerationError: the live one is of just this recipe.
            EmbedError: the model of the changes cannot be opened.
            ValueError: the changes do not fit together.
        """
        recipe = self._recipe(changes)
        with self._catalogue.write() as tx:
            for one in generations.every(tx):
                if same(one.recipe, recipe):
                    if one.state is GenerationState.LIVE:
                        raise GenerationError(
                            f"generation {one.id} is live and made in just this way; change "
                            "FOOTNOTE_EMBEDDER, FOOTNOTE_CHUNK_TOKENS or FOOTNOTE_CHUNK_MAX_TOKENS"
                        )
                    return one
            return generations.begin(tx, recipe)

    def build(
        self, number: int, on_progress: Callable[[Progress], None], stop: threading.Event
    ) -> Progress:
        """Builds a generation, or brings a kept one up to date, and switches to it.

        Raises:
            NotFound: there is no such generation.
            GenerationError: it is live.
            EmbedError: its model cannot be opened.
        """
        progress = Progress(stage="building")
        with self._catalogue.read() as connection:
            one = generations.get(connection, number)
            progress.total = generations.count_waiting(connection, number)
        if one.state is GenerationState.LIVE:
            raise GenerationError(f"generation {number} is live already")
        on_progress(progress)
        opened = self._opener.open(one, check_words=True)
        try:
            if isinstance(opened.embedder, Blind):
                model = opened.embedder.name
                raise EmbedError(f"the model {model} cannot be opened", retryable=False)
            self._fill(opened, progress, on_progress, stop)
            if stop.is_set():
                progress.total = progress.done + 1
            else:
                self._switch(opened, progress, on_progress, stop)
        finally:
            if self._live.now is not opened:
                opened.close()
        return progress

    def drop(self, number: int) -> None:
        """Forgets a generation: its chunks, its folder, and vectors that no other one uses.

        Raises:
            NotFound: there is no such generation.
            GenerationError: it is live.
        """
        with self._catalogue.write() as tx:
            if generations.get(tx, number).state is GenerationState.LIVE:
                raise GenerationError(f"generation {number} is live; switch to another one first")
            generations.drop(tx, number)
        self._opener.home.drop_index(number)

    def _recipe(self, changes: dict[str, Any]) -> Recipe:
        given = self._opener.settings
        mine = {name: getattr(given, name) for name in IngestSettings.model_fields}
        settings = IngestSettings.model_validate({**mine, **changes})
        if not changes:
            return recipe_of(settings, self._opener.at_hand)
        embedder = open_embedder(settings, self._opener.static)
        try:
            return recipe_of(settings, embedder)
        finally:
            embedder.close()

    def _fill(
        self,
        opened: OpenGeneration,
        progress: Progress,
        on_progress: Callable[[Progress], None],
        stop: threading.Event,
    ) -> None:
        precedence = self._opener.precedence
        fill(self._catalogue, opened, precedence, progress, on_progress, stop)

    def _switch(
        self,
        opened: OpenGeneration,
        progress: Progress,
        on_progress: Callable[[Progress], None],
        stop: threading.Event,
    ) -> None:
        """Makes a built generation live once nothing is missing in it; syncs wait meanwhile."""
        progress.stage = "switching"
        on_progress(progress)
        with self._exclusion.nobody_indexes():
            self._fill(opened, progress, on_progress, stop)
            built = Subject.of(self._catalogue, self._opener.home.folder, opened, live=False)
            check(built, repair=True, second_look_s=0)
            with self._upkeep.at_rest():
                before = self._live.switch(self._catalogue, opened)
            self._on_switch()
        if before.own_embedder:
            self._opener.precedence.wait(LAST_QUESTIONS_S)
        before.close()
        # Rules that changed in the moment of the switch may have missed the new index.
        self._upkeep.check(repair=True, second_look_s=0)
