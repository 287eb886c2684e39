"""Generations that are open, and which of them questions are answered from."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from ingest.store.catalogue import generations
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.generations import Generation
from ingest.store.index.interface import Index, Searchable
from ingest.types import Embedder


@dataclass(frozen=True, slots=True)
class OpenGeneration:
    """A generation with its index and its embedder.

    `own_embedder` says that the embedder was opened for it, and is closed with it.
    """

    generation: Generation
    index: Index
    embedder: Embedder
    own_embedder: bool

    @property
    def number(self) -> int:
        """Which one it is."""
        return self.generation.id

    def close(self) -> None:
        """Closes the index, and an embedder of its own."""
        self.index.close()
        if self.own_embedder:
            self.embedder.close()


class LiveGeneration:
    """The open generation that is live. Thread-safe; owns what it holds.

    Attributes:
        now: the one that is live at this moment.
    """

    def __init__(self, opened: OpenGeneration) -> None:
        """Begins with one that the catalogue calls live."""
        self._flip = threading.Lock()
        self.now = opened

    @property
    def index(self) -> Index:
        """Its index."""
        return self.now.index

    @property
    def embedder(self) -> Embedder:
        """Its embedder."""
        return self.now.embedder

    def searchable(self) -> Searchable:
        """The index and the embedder that a question uses: both of one generation."""
        with self._flip:
            return Searchable(self.now.index, self.now.embedder)

    def switch(self, catalogue: Catalogue, opened: OpenGeneration) -> OpenGeneration:
        """Makes another one live, for every reader in one moment; gives the one before back.

        Raises:
            CannotWrite: the disk is full or read-only; the one before is live then.
        """
        with self._flip:
            with catalogue.write() as tx:
                generations.make_live(tx, opened.number)
            before, self.now = self.now, opened
        return before

    def close(self) -> None:
        """Closes it."""
        self.now.close()
