"""Embedders with a will of their own, for tests: real vectors, and something that happens."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence

from ingest.models.embedders.opening import open_embedder
from ingest.models.static import StaticModel
from ingest.settings import IngestSettings
from ingest.types import Vectors


class Watched:
    """The built-in embedder, which counts the texts it is given."""

    def __init__(self) -> None:
        self._real = open_embedder(IngestSettings(), StaticModel.load())
        self.name = self._real.name
        self.dimensions = self._real.dimensions
        self.texts = 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder.embed`."""
        self.texts += len(texts)
        return self._real.embed(texts)

    def embed_query(self, text: str) -> Vectors:
        """See `Embedder.embed_query`."""
        return self._real.embed_query(text)

    def reads_closely(self, text: str) -> bool:
        """See `Embedder.reads_closely`."""
        return self._real.reads_closely(text)

    def close(self) -> None:
        """See `Embedder.close`."""
        self._real.close()


class Gated(Watched):
    """Holds a batch with the word `heavy` in it until it is let through; `reached` tells of it."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = threading.Event()
        self.open = threading.Event()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder.embed`."""
        if any("heavy" in text for text in texts):
            self.reached.set()
            assert self.open.wait(60)
        return super().embed(texts)


class Deadly(Watched):
    """Ends the process at once, without a word, at a text with the word `fatal` in it."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder.embed`."""
        if any("fatal" in text for text in texts):
            os._exit(42)
        return super().embed(texts)
