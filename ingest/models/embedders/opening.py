"""Embedders: text to vectors, by a built-in model, a sentence-transformers model or an endpoint.

Which one is a setting; vectors of different models are never compared, and each text is embedded
once by each model (`catalogue.embeddings` keeps them).
"""

from __future__ import annotations

from ingest.models.embedders.builtin import BuiltinEmbedder, ContextualEmbedder
from ingest.models.embedders.endpoint import EndpointEmbedder
from ingest.models.embedders.sentence_transformer import SentenceTransformersEmbedder
from ingest.models.embedders.together import JoinedEmbedder
from ingest.models.static import StaticModel
from ingest.settings import IngestSettings
from ingest.types import Embedder


def open_embedder(settings: IngestSettings, builtin: StaticModel) -> Embedder:
    """The embedder that the settings name; the caller closes it.

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
    if not settings.embedder.startswith("builtin+"):
        return other
    try:
        return JoinedEmbedder(builtin, other, own.name)
    except BaseException:
        other.close()
        raise


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
