"""Any sentence-transformers model as an embedder. Needs the `models` extra."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from ingest.errors import EmbedError
from ingest.models.embedders.by_length import by_length
from ingest.types import Vectors


class SentenceTransformersEmbedder:
    """Any sentence-transformers model: a hub name or a folder. Needs the `models` extra."""

    def __init__(self, model: str) -> None:
        try:
            import torch
            from sentence_transformers import SentenceTransformer
        except ImportError as exc:
            raise EmbedError(
                f"embedder sentence-transformers:{model} needs the `models` extra: "
                "pip install 'footnote[models]'",
                retryable=False,
            ) from exc
        torch.set_num_threads(max(1, os.cpu_count() or 1))
        try:
            self._model: Any = SentenceTransformer(model, device="cpu")
        except Exception as exc:  # the library raises many classes for a missing or broken model
            raise EmbedError(
                f"the model {model!r} cannot be loaded ({type(exc).__name__}: {exc}); "
                "give the name of a model on the hub or the path of its folder",
                retryable=False,
            ) from exc
        self.name = f"sentence-transformers:{model}"
        self.dimensions = int(self._model.get_embedding_dimension() or 0)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder.embed`; batches hold texts of like length, so that little is padding."""
        return by_length(texts, self.dimensions, self._encode)

    def embed_query(self, text: str) -> Vectors:
        """See `Embedder.embed_query`; models with a query prompt use it."""
        vector: Vectors = np.asarray(
            self._model.encode_query([text], normalize_embeddings=True), np.float32
        )[0]
        return vector

    def reads_closely(self, text: str) -> bool:
        """See `Embedder.reads_closely`; its languages are not looked into."""
        return False

    def close(self) -> None:
        """See `Embedder.close`; the model goes with its last user."""

    def _encode(self, texts: Sequence[str]) -> Vectors:
        return np.asarray(
            self._model.encode_document(
                list(texts), batch_size=len(texts), normalize_embeddings=True
            ),
            np.float32,
        )
