"""Opening a generation: its embedder, and its index brought up to the catalogue."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

import structlog

from ingest.care.generations.recipe import embedder_of, recipe_of
from ingest.care.live import OpenGeneration
from ingest.care.repair import label_and_mend
from ingest.models.static import StaticModel
from ingest.settings import IngestSettings
from ingest.store.catalogue import generations
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.documents.removing import drop_staged
from ingest.store.catalogue.generations import Generation, GenerationState
from ingest.store.follow import purge
from ingest.store.home import Home
from ingest.store.index.local import LocalIndex
from ingest.store.precedence import Precedence
from ingest.types import Embedder

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Opener:
    """All that it takes to open a generation.

    `at_hand` is the embedder that the settings name; its owner closes it. `graph_from` is that of
    `LocalIndex`.
    """

    settings: IngestSettings
    home: Home
    catalogue: Catalogue
    precedence: Precedence
    static: StaticModel
    at_hand: Embedder
    graph_from: int | None

    def live(self, *, clean: bool) -> OpenGeneration:
        """The live generation; a new catalogue's first one is made by the settings.

        `clean` says whether the last process closed everything; if not, what it left half written
        is dropped first.
        """
        with self.catalogue.write() as tx:
            if not clean:
                dropped = drop_staged(tx)
                _log.warning("the last run was not closed", staged_versions_dropped=dropped)
            live = generations.live(tx) or generations.begin(
                tx, recipe_of(self.settings, self.at_hand), GenerationState.LIVE
            )
            known = [one.id for one in generations.every(tx)]
        self.home.tidy(known)
        opened = self.open(live, check_words=not clean, clean=clean)
        try:
            purge(self.catalogue, opened.index)
        except BaseException:
            opened.close()
            raise
        return opened

    def open(self, one: Generation, *, check_words: bool, clean: bool = True) -> OpenGeneration:
        """A generation with its index, mended from the catalogue where they differ.

        Where that fails nothing of it stays open; else the caller closes it.
        """
        with ExitStack() as opened:
            embedder = embedder_of(one.recipe, self.settings, self.static, self.at_hand)
            own = embedder is not self.at_hand
            if own:
                opened.callback(embedder.close)
            index = LocalIndex(
                self.home.index_of(one.id),
                embedder.dimensions,
                clean=clean,
                graph_from=self.graph_from,
                give_way=self.precedence.wait,
                model=self.static,
            )
            opened.callback(index.close)
            label_and_mend(
                self.catalogue, index, embedder, check_words=check_words, generation=one.id
            )
            index.start()
            opened.pop_all()  # it is the caller's to close from here on
        return OpenGeneration(one, index, embedder, own)
