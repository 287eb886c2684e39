"""Building a generation of the index beside the live one, from the text that the catalogue keeps.

Nothing is parsed, and what the same model has embedded before is not embedded again. Documents
that change meanwhile are caught up with; killed at any moment, a build goes on where it was.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import structlog

from ingest.analyse import ANALYSER
from ingest.catalogue import documents, generations
from ingest.catalogue.engine import Catalogue
from ingest.catalogue.generations import Generation, Recipe
from ingest.chunk import CHUNKER, chunk_document
from ingest.embed import open_embedder
from ingest.errors import EmbedError
from ingest.index.local import LocalIndex
from ingest.models.static import StaticModel
from ingest.repair import restore
from ingest.settings import IngestSettings
from ingest.sync import Progress
from ingest.turns import Turns
from ingest.types import Embedder, Vectors

BATCH = 64

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """A generation with its index and its embedder."""

    generation: Generation
    index: LocalIndex
    embedder: Embedder


class Blind:
    """Stands for a model that cannot be opened any more: questions then go by words alone."""

    def __init__(self, recipe: Recipe) -> None:
        self.name = recipe.model
        self.dimensions = recipe.dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Refuses: nothing new can be embedded by this model.

        Raises:
            EmbedError: always.
        """
        raise EmbedError(
            f"the model {self.name} cannot be opened; what is new is indexed when the next "
            "generation is built (footnote generations list)",
            retryable=True,
        )

    def embed_query(self, text: str) -> Vectors:
        """No meaning at all, which the retriever knows how to take."""
        return np.zeros(self.dimensions, np.float32)

    def reads_closely(self, text: str) -> bool:
        """See `Embedder.reads_closely`; it reads nothing."""
        return False


def recipe_of(settings: IngestSettings, embedder: Embedder) -> Recipe:
    """What an index would be made by with these settings today."""
    return Recipe(
        settings.embedder,
        embedder.name,
        embedder.dimensions,
        settings.chunk_tokens,
        settings.chunk_max_tokens,
        CHUNKER,
        ANALYSER,
    )


def same(one: Recipe, other: Recipe) -> bool:
    """Whether two recipes give the same index, however the model was named in the settings."""
    return {**one.to_json(), "embedder": ""} == {**other.to_json(), "embedder": ""}


def embedder_of(
    recipe: Recipe, settings: IngestSettings, static: StaticModel, given: Embedder
) -> Embedder:
    """The embedder of a recipe: the one at hand, or one that is opened for it, or `Blind`."""
    if given.name == recipe.model:
        return given
    try:
        other = open_embedder(settings.model_copy(update={"embedder": recipe.embedder}), static)
    except EmbedError as exc:
        _log.warning("the model of the index cannot be opened; words only", reason=str(exc))
        return Blind(recipe)
    if (other.name, other.dimensions) != (recipe.model, recipe.dimensions):
        _log.warning("the model of the index is another one now; words only", model=recipe.model)
        return Blind(recipe)
    return other


def fill(
    catalogue: Catalogue,
    opened: Opened,
    turns: Turns,
    progress: Progress,
    on_progress: Callable[[Progress], None],
    stop: threading.Event,
) -> None:
    """Adds every document that has no chunks in the generation yet, until there is none.

    Ends after the batch under way when `stop` is set; what is written stays.
    """
    added = True
    while added and not stop.is_set():
        added = False
        after = ""
        while not stop.is_set():
            turns.wait()
            last, chunks = _add_some(catalogue, opened, after)
            if not last:
                break
            after = last[-1]
            added = added or chunks > 0
            progress.chunks += chunks
            progress.done += len(last)
            progress.total = max(progress.total, progress.done)
            on_progress(progress)


def _add_some(catalogue: Catalogue, opened: Opened, after: str) -> tuple[list[str], int]:
    """The next documents: their ids, and how many chunks were added."""
    number, recipe = opened.generation.id, opened.generation.recipe
    with catalogue.read() as connection:
        part = generations.waiting(connection, number, after, BATCH)
        texts = documents.parsed_versions(connection, part)
    made = [
        (
            document_id,
            version,
            documents.staged_chunks(
                parsed, chunk_document(parsed, recipe.chunk_tokens, recipe.chunk_max_tokens)
            ),
        )
        for document_id, version in part
        if (parsed := texts.get(document_id)) is not None
    ]
    with catalogue.write() as tx:
        live = generations.live_versions(tx, [one for one, _, _ in made])
        ids = documents.add_chunks(tx, number, [one for one in made if live.get(one[0]) == one[1]])
    restore(catalogue, opened.index, opened.embedder, ids, number)
    opened.index.commit()
    return [document_id for document_id, _ in part], len(ids)
