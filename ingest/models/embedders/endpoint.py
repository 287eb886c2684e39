"""Any OpenAI-compatible `/v1/embeddings` as an embedder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ingest.errors import EmbedError
from ingest.models.embedders.by_length import by_length
from ingest.types import Vectors


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
        try:
            self.dimensions = len(self._encode(["dimensions"])[0])
        except BaseException:
            self._client.close()
            raise

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder.embed`."""
        return by_length(texts, self.dimensions, self._encode)

    def embed_query(self, text: str) -> Vectors:
        """See `Embedder.embed_query`."""
        vector: Vectors = self._encode([text])[0]
        return vector

    def reads_closely(self, text: str) -> bool:
        """See `Embedder.reads_closely`; its languages are not looked into."""
        return False

    def close(self) -> None:
        """See `Embedder.close`."""
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
