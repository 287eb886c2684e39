"""What an index of passages does, whatever keeps it: the interface and the types that cross it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.types import Embedder, Hit, IndexRow, Scope, Vectors


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """A question's words: each term's weight in the question, and the translations of its words.

    `native` and `translated` map an index term to its weight; a passage's score is the weighted
    sum of its terms' BM25 scores (probabilistic structured queries: Darwish and Oard 2003).
    """

    native: Mapping[str, float]
    translated: Mapping[str, float]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to look for."""
        return not self.native and not self.translated


@dataclass(frozen=True, slots=True)
class Labels:
    """What a search filters rows by; parallel to the ids and vectors they are added with."""

    access_class: int
    language: str
    source: str
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Filed:
    """What an index filters a passage by, as it has it; `seconds` since 1970."""

    access_class: int
    language: str
    source: str
    seconds: float


@dataclass(frozen=True, slots=True)
class LanguageScores:
    """Scores of one language's passages, and how all passages of that language score.

    `mean` and `deviation` are over a sample of the language's rows: what "unrelated" looks like
    for this question.
    """

    language: str
    hits: tuple[Hit, ...]
    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Searchable:
    """An index and the embedder whose vectors it holds: one generation, as a question uses it."""

    index: Index
    embedder: Embedder


class Index(Protocol):
    """Both legs of retrieval over the live chunks. Derived: rebuilt from the catalogue at need.

    One process writes. Searches are thread-safe and may return rows that died a moment ago, so
    callers join every hit to a live catalogue row.
    """

    def add(self, rows: Sequence[IndexRow], vectors: Vectors, modified: Sequence[datetime]) -> None:
        """Adds chunks with their vectors (same order); an id that is there already is replaced."""

    def relabel(self, rows: Sequence[IndexRow], modified: Sequence[datetime]) -> None:
        """Chunks whose access class, path or times changed; their vectors stay."""

    def remove(self, chunk_ids: Sequence[int]) -> None:
        """Takes chunks out; unknown ids are ignored."""

    def commit(self) -> None:
        """Makes everything since the last commit durable and visible to searches."""

    def lexical(self, query: LexicalQuery, scope: Scope, limit: int) -> list[Hit]:
        """The best `limit` chunks by words, best first."""

    def dense(self, vector: NDArray[np.float32], scope: Scope, limit: int) -> list[LanguageScores]:
        """The best `limit` chunks of each language by meaning."""

    def vectors(self, chunk_ids: Sequence[int]) -> Vectors:
        """The chunks' vectors in the same order, (n, dimensions); zeros for unknown ids."""

    def words_of(self, chunk_ids: Sequence[int]) -> list[NDArray[np.int32]]:
        """The chunks' words as rows of the static model (`StaticModel.compared_words`).

        In the same order; none where they are not kept.
        """

    def frequency(self, term: str) -> int:
        """In how many chunks an index term occurs."""

    def count(self) -> int:
        """How many chunks there are."""

    def state(self) -> str:
        """Empty when whole, else what is still being repaired, for people."""

    def close(self) -> None:
        """Finishes writing and lets every resource go."""
