"""Embedders: the built-in model, a sentence-transformers model, an OpenAI-compatible endpoint."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ingest.errors import EmbedError
from ingest.models.embedders.endpoint import EndpointEmbedder
from ingest.models.embedders.opening import open_embedder
from ingest.models.static import StaticModel
from ingest.settings import IngestSettings
from ingest.types import Embedder
from tests.ingest.models.endpoint import embedding_endpoint

TEXTS = ["annual leave", "a much longer text about annual leave and travel " * 20, "", "年假", "x"]


def _is_an_embedder(embedder: Embedder) -> None:
    """What every embedder promises, whatever is behind it."""
    vectors = embedder.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dimensions)
    assert vectors.dtype == np.float32
    lengths = np.linalg.norm(vectors, axis=1)
    assert np.all((np.abs(lengths - 1) < 1e-3) | (lengths < 1e-6))
    alone = np.concatenate([embedder.embed([text]) for text in TEXTS])
    assert np.allclose(vectors, alone, atol=1e-3)
    assert embedder.embed_query("annual leave").shape == (embedder.dimensions,)
    assert embedder.embed([]).shape == (0, embedder.dimensions)


def test_the_builtin_model_is_the_default() -> None:
    """It keeps the promises and puts both languages into one space."""
    embedder = open_embedder(IngestSettings(), StaticModel.load())
    _is_an_embedder(embedder)
    near, far = embedder.embed(["年假有多少天", "蒸汽机"]) @ embedder.embed_query(
        "how many days of annual leave"
    )
    assert near > far + 0.3


def test_an_endpoint_is_an_embedder() -> None:
    """Through the real client, in bounded batches, normalised."""
    with embedding_endpoint() as (url, batches):
        settings = IngestSettings(embedder="openai:tiny", embed_base_url=url)
        embedder = open_embedder(settings, StaticModel.load())
        _is_an_embedder(embedder)
        embedder.embed([f"text {i}" for i in range(200)])
        assert max(batches) <= 64
        assert isinstance(embedder, EndpointEmbedder)
        embedder.close()


@pytest.mark.parametrize(("status", "retryable"), [(401, False), (404, False)])
def test_an_endpoint_that_refuses_says_what_to_check(status: int, retryable: bool) -> None:
    """The message names the settings, not the key."""
    with embedding_endpoint(status) as (url, _):
        settings = IngestSettings(
            embedder="openai:tiny",
            embed_base_url=url,
            embed_api_key="sk-secret",  # type: ignore[arg-type]  # a str is validated
        )
        with pytest.raises(EmbedError, match="FOOTNOTE_EMBED_BASE_URL") as raised:
            open_embedder(settings, StaticModel.load())
    assert raised.value.retryable is retryable
    assert "sk-secret" not in str(raised.value)


@pytest.mark.models
@pytest.mark.filterwarnings("ignore")
def test_a_sentence_transformers_model_is_an_embedder(tmp_path: Path) -> None:
    """Loaded from a folder as from the hub; the model is made here, tiny and random."""
    pytest.importorskip("sentence_transformers", reason="needs the `models` extra")
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import StaticEmbedding
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    vocabulary = {"[UNK]": 0, "annual": 1, "leave": 2, "travel": 3, "年假": 4, "x": 5}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=16)], device="cpu").save(
        str(tmp_path / "tiny")
    )
    settings = IngestSettings(embedder=f"sentence-transformers:{tmp_path / 'tiny'}")
    embedder = open_embedder(settings, StaticModel.load())
    assert embedder.dimensions == 16
    _is_an_embedder(embedder)


@pytest.mark.models
@pytest.mark.filterwarnings("ignore")
def test_a_model_that_is_not_there_says_what_to_give(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No traceback of a library, but the name and what it should be."""
    pytest.importorskip("sentence_transformers", reason="needs the `models` extra")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    settings = IngestSettings(embedder=f"sentence-transformers:{tmp_path / 'nowhere'}")
    with pytest.raises(EmbedError, match="cannot be loaded"):
        open_embedder(settings, StaticModel.load())
