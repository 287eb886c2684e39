"""What an index of passages does, whatever keeps it: the interface and the types that cross it.

`tests/ingest/store/index/contract.py` says the same in tests that every index must pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.types import Embedder, Hit, IndexRow, Scope, Vectors

LANGUAGES = ("en", "zh", "other")
"""The partitions in which scores are comparable."""


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

    Opened in three steps: made, told by `label_vectors` what the catalogue says of its vectors,
    started. What it lacks then is added as anything else is.
    """

    # Opening and closing

    def label_vectors(self, labels: Mapping[int, Labels]) -> set[int]:
        """Files every vector as the catalogue has its chunk; vectors of other chunks are dead.

        Returns the chunks that have no vector. For opening: it says nothing to the words.
        """

    def start(self) -> None:
        """Begins what goes on in the background; call once labels are in place."""

    def close(self) -> None:
        """Finishes writing and lets every resource go."""

    @property
    def unsound(self) -> bool:
        """Whether the next start should look at the files before they are used."""

    # Writing

    def add(self, rows: Sequence[IndexRow], vectors: Vectors, modified: Sequence[datetime]) -> None:
        """Adds chunks with their vectors (same order); an id that is there already is replaced.

        Raises:
            CannotWrite: the disk is full or read-only.
        """

    def relabel(self, rows: Sequence[IndexRow], modified: Sequence[datetime]) -> None:
        """Chunks whose access class, path or times changed; their vectors stay."""

    def remove(self, chunk_ids: Sequence[int]) -> None:
        """Takes chunks out; unknown ids are ignored."""

    def commit(self) -> None:
        """Makes everything since the last commit durable and visible to searches."""

    # Searching

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

    # Keeping it true

    def state(self) -> str:
        """Empty when whole, else what is still being repaired, for people."""

    def damaged(self) -> list[str]:
        """Which of its files are not as they were written."""

    def vector_ids(self) -> list[int]:
        """The chunks that have a vector."""

    def word_ids(self) -> list[int]:
        """The chunks that have words."""

    def word_count(self) -> int:
        """How many chunks have words; at once, unlike `word_ids`."""

    def filed_vectors(self, chunk_ids: Iterable[int]) -> dict[int, Filed]:
        """How the vectors of some chunks are filed; chunks without one are left out."""

    def filed_words(
        self, chunk_ids: range | Sequence[int], sources: Iterable[str]
    ) -> tuple[dict[int, Filed], set[int]]:
        """How the words of some chunks are filed, and which of these are there twice.

        A source that is none of `sources` is given as "".
        """

    def known_vectors(self, chunk_ids: Sequence[int]) -> tuple[list[int], Vectors]:
        """Those of the chunks that have a vector, with their vectors."""

    def in_graph(self) -> set[int] | None:
        """The chunks in the structure that finds vectors fast; None if there is none just now."""

    def wait_for_graph(self, timeout_s: float | None = None) -> bool:
        """Returns once that structure holds every chunk; False if that took too long."""

    def rebuild_graph(self) -> None:
        """Throws that structure away and begins to fill another; searches go on."""

    def rebuild(self, fill: Callable[[Index], Mapping[int, Labels]]) -> None:
        """Takes over what `fill` puts into a new index; the old one answers until then.

        `fill` gives back the label of every chunk. Killed in between, the next start finds an
        index that lacks chunks.
        """
