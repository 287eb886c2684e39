"""Passages and vectors for tests of the index: small, made up, the same every time."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from ingest.store.index.interface import LexicalQuery
from ingest.text.words import terms
from ingest.types import IndexRow, Scope

DAY = datetime(2026, 3, 1, tzinfo=UTC)
EVERYTHING = Scope(frozenset({1, 2, 3}))


def passage(
    chunk_id: int,
    text: str,
    access_class: int = 1,
    language: str = "en",
    source: str = "handbook",
) -> IndexRow:
    """A passage below one title and heading."""
    return IndexRow(chunk_id, access_class, language, source, "Title", "a/b.md", ("Heading",), text)


def query(text: str) -> LexicalQuery:
    """A question of these words."""
    return LexicalQuery(dict.fromkeys(terms(text), 1.0), {})


def unit(rows: int, seed: int = 1, dimensions: int = 16) -> NDArray[np.float32]:
    """Vectors of length 1."""
    made = np.random.default_rng(seed).normal(size=(rows, dimensions)).astype(np.float32)
    scaled: NDArray[np.float32] = made / np.linalg.norm(made, axis=1, keepdims=True)
    return scaled
