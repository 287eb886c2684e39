"""The embedders that ship with Footnote: static, and contextual beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ingest.models.static import StaticModel
from ingest.text.language import language_of
from ingest.types import Vectors

if TYPE_CHECKING:
    from ingest.models.contextual import ContextualModel


class BuiltinEmbedder:
    """The static bilingual model that ships with Footnote: no torch, no download."""

    def __init__(self, model: StaticModel) -> None:
        self.model = model
        # Another build of the model gives other vectors, hence another name.
        probe = model.encode(["footnote 脚注 0123456789"]).tobytes()
        self.name = f"builtin-{hashlib.blake2b(probe, digest_size=6).hexdigest()}"
        self.dimensions = model.dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder.embed`."""
        return self.model.encode(texts)

    def embed_query(self, text: str) -> Vectors:
        """See `Embedder.embed_query`."""
        vector: Vectors = self.model.encode([text])[0]
        return vector

    def reads_closely(self, text: str) -> bool:
        """See `Embedder.reads_closely`; it knows words alone."""
        return False

    def close(self) -> None:
        """See `Embedder.close`; the model is whoever loaded it's."""


class ContextualEmbedder:
    """The contextual bilingual encoder that Footnote offers beside its static model.

    Texts in other scripts than it reads get zeros, so that the model it is joined to stands alone.
    """

    def __init__(self, model: ContextualModel) -> None:
        self._model = model
        self.name = f"contextual-{model.build}"
        self.dimensions = model.dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder.embed`."""
        read = [i for i, text in enumerate(texts) if self.reads_closely(text)]
        out = np.zeros((len(texts), self.dimensions), np.float32)
        if read:
            out[read] = self._model.encode([texts[i] for i in read])
        return out

    def embed_query(self, text: str) -> Vectors:
        """See `Embedder.embed_query`."""
        vector: Vectors = self.embed([text])[0]
        return vector

    def reads_closely(self, text: str) -> bool:
        """See `Embedder.reads_closely`; it reads English and Chinese."""
        return language_of(text) in {"en", "zh"}

    def close(self) -> None:
        """See `Embedder.close`; the model goes with its last user."""
