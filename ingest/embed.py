"""Embedders: text to vectors, by a built-in model, a sentence-transformers model or an endpoint.

Which one is a setting; vectors of different models are never compared, and each text is embedded
once by each model (`catalogue.embeddings` keeps them).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ingest.errors import EmbedError
from ingest.joined import JoinedEmbedder
from ingest.language import language_of
from ingest.models.static import StaticModel
from ingest.settings import IngestSettings
from ingest.types import Embedder, Vectors

if TYPE_CHECKING:
    from ingest.models.contextual import ContextualModel

_ENDPOINT_BATCH = 64
_TOKEN_BUDGET = 16_384


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
        return _by_length(texts, self.dimensions, self._encode)

    def embed_query(self, text: str) -> Vectors:
        """See `Embedder.embed_query`; models with a query prompt use it."""
        vector: Vectors = np.asarray(
            self._model.encode_query([text], normalize_embeddings=True), np.float32
        )[0]
        return vector

    def reads_closely(self, text: str) -> bool:
        """See `Embedder.reads_closely`; its languages are not looked into."""
        return False

    def _encode(self, texts: Sequence[str]) -> Vectors:
        return np.asarray(
            self._model.encode_document(
                list(texts), batch_size=len(texts), normalize_embeddings=True
            ),
            np.float32,
        )


class EndpointEmbedder:
    """Any OpenAI-compatible `/v1/embeddings`, through the `openai` client."""

    def __init__(
        self, model: str, base_url: str | None, api_key: str | None, timeout_s: float
    ) -> None:
        from openai import OpenAI

        self._model = model
        self._client = OpenAI(
            base_url=base_url, api_key=api_key or "none", timeout=timeout_s, max_retries=3
        )
        self.name = f"openai:{model}@{base_url or 'api.openai.com'}"
        self.dimensions = len(self._encode(["dimensions"])[0])

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder.embed`."""
        return _by_length(texts, self.dimensions, self._encode)

    def embed_query(self, text: str) -> Vectors:
        """See `Embedder.embed_query`."""
        vector: Vectors = self._encode([text])[0]
        return vector

    def reads_closely(self, text: str) -> bool:
        """See `Embedder.reads_closely`; its languages are not looked into."""
        return False

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def _encode(self, texts: Sequence[str]) -> Vectors:
        import openai

        try:
            # An empty text is refused by most endpoints; a space stands for it.
            answer = self._client.embeddings.create(
                model=self._model, input=[text or " " for text in texts], encoding_format="float"
            )
        except openai.APIStatusError as exc:
            raise EmbedError(
                f"the embedding endpoint refused ({exc.status_code}); check "
                "FOOTNOTE_EMBED_BASE_URL, FOOTNOTE_EMBED_API_KEY and the model's name",
                retryable=exc.status_code >= 500 or exc.status_code == 429,
            ) from exc
        except openai.OpenAIError as exc:
            raise EmbedError(
                f"the embedding endpoint cannot be reached ({type(exc).__name__}); "
                "check FOOTNOTE_EMBED_BASE_URL",
                retryable=True,
            ) from exc
        if len(answer.data) != len(texts):
            raise EmbedError("the embedding endpoint gave too few vectors", retryable=True)
        vectors = np.asarray([one.embedding for one in answer.data], np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Vectors = vectors / np.maximum(lengths, 1e-12)
        return unit


def open_embedder(settings: IngestSettings, builtin: StaticModel) -> Embedder:
    """The embedder that the settings name.

    Raises:
        EmbedError: the model or endpoint is not usable; the message says what to do.
    """
    own = BuiltinEmbedder(builtin)
    if settings.embedder == "builtin":
        return own
    if settings.embedder == "builtin-contextual":
        from ingest.models.contextual import ContextualModel

        contextual = ContextualEmbedder(ContextualModel.load(builtin.vocabulary))
        return JoinedEmbedder(builtin, contextual, own.name)
    other = _open_other(settings)
    if settings.embedder.startswith("builtin+"):
        return JoinedEmbedder(builtin, other, own.name)
    return other


def _open_other(settings: IngestSettings) -> Embedder:
    kind, _, model = settings.embedder.removeprefix("builtin+").partition(":")
    if kind == "sentence-transformers":
        return SentenceTransformersEmbedder(model)
    key = settings.embed_api_key
    return EndpointEmbedder(
        model,
        settings.embed_base_url,
        key.get_secret_value() if key else None,
        settings.embed_timeout_s,
    )


def _by_length(
    texts: Sequence[str], dimensions: int, encode: Callable[[Sequence[str]], Vectors]
) -> Vectors:
    """Encodes in batches of texts of like length, bounded in number and in characters."""
    out = np.zeros((len(texts), dimensions), np.float32)
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    batch: list[int] = []
    for i in order:
        longest = len(texts[i])
        if batch and (
            len(batch) >= _ENDPOINT_BATCH or longest * (len(batch) + 1) > 4 * _TOKEN_BUDGET
        ):
            out[batch] = encode([texts[j] for j in batch])
            batch = []
        batch.append(i)
    if batch:
        out[batch] = encode([texts[j] for j in batch])
    return out
