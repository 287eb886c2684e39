"""The index of one machine: tantivy for words, a matrix and a Chroma graph for meaning.

Words and matrix are written before a version is published, so that a new passage is found by both
legs from its first moment. Large collections get a graph (when, says `vectors.nearest`), which
follows in the background, in small batches; rows that it does not hold yet are looked at exactly.
So nothing waits for Chroma: neither the start, nor a sync, nor a question while the graph is being
rebuilt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from ingest.errors import IndexCorrupt
from ingest.models.static import StaticModel
from ingest.store.index.interface import Filed, Index, Labels, LanguageScores, LexicalQuery
from ingest.store.index.vectors.follower import Follower
from ingest.store.index.vectors.graph import discard
from ingest.store.index.vectors.matrix import Matrix
from ingest.store.index.vectors.nearest import OVERFETCH, ExactUpTo, nearest
from ingest.store.index.vectors.passage_words import Words
from ingest.store.index.words.checksums import damaged
from ingest.store.index.words.lexical import LexicalIndex
from ingest.text.composed import embedded_row
from ingest.types import Hit, IndexRow, Scope, Vectors

GRAPH_FROM = 250_000
"""Only from this many allowed rows of a language on does the graph save time."""

FILTER_AFTER_SHARE = 0.5
"""From this readable share on, words are searched without the access filter and filtered after."""

WORDS_AT_ONCE = 50
"""Passages that are analysed between two chances for a question to go first."""

_EXACT = ExactUpTo()

_log = structlog.get_logger(__name__)


class LocalIndex:
    """Implements `Index` in a folder that this process owns."""

    def __init__(
        self,
        folder: Path,
        dimensions: int,
        *,
        clean: bool,
        graph_from: int | None = GRAPH_FROM,
        give_way: Callable[[], object] = lambda: None,
        model: StaticModel | None = None,
        exact: ExactUpTo = _EXACT,
    ) -> None:
        """Opens or makes the index in `folder`.

        Args:
            folder: where tantivy, matrix and graph are kept.
            dimensions: of the vectors.
            clean: whether the last owner closed it; if not, its files are proved before use.
            graph_from: rows of the whole index from which a graph is kept, and allowed rows of a
                language from which it is asked; None: never.
            give_way: called between the steps of writing; returns when nobody is kept waiting.
            model: the model whose words are kept of each passage; None: no words are kept.
            exact: up to how many rows are compared one by one.
        """
        self._folder = folder
        self._give_way = give_way
        if not clean and folder.is_dir() and (spoilt := damaged(folder / "words")):
            _log.warning("the lexical index is damaged and is written again", files=spoilt)
            discard(folder / "words")
        self.words = _open_words(folder / "words")
        self._model = model
        self.matrix = self._open_matrix(dimensions)
        self._clean = clean
        self._graph_from = graph_from
        self._exact = exact
        self._graph: Follower | None = None

    def start(self) -> None:
        """See `Index.start`: the graph begins to follow."""
        if self._graph_from is not None and self._graph is None:
            self._graph = Follower(
                self._folder / "graph",
                self.matrix,
                self._graph_from,
                clean=self._clean,
                give_way=self._give_way,
            )

    def add(self, rows: Sequence[IndexRow], vectors: Vectors, modified: Sequence[datetime]) -> None:
        """See `Index.add`."""
        words = None if self._model is None else self._words_of(self._model, rows)
        self.matrix.add([row.chunk_id for row in rows], vectors, _labels(rows, modified), words)
        if self._graph is not None:
            self._graph.added([row.chunk_id for row in rows])
        for start in range(0, len(rows), WORDS_AT_ONCE):
            self._give_way()
            part = slice(start, start + WORDS_AT_ONCE)
            self.words.add(rows[part], modified[part])

    def relabel(self, rows: Sequence[IndexRow], modified: Sequence[datetime]) -> None:
        """See `Index.relabel`."""
        labels = _labels(rows, modified)
        self.matrix.label(zip((row.chunk_id for row in rows), labels, strict=True))
        self.words.add(rows, modified)

    def label_vectors(self, labels: Mapping[int, Labels]) -> set[int]:
        """See `Index.label_vectors`."""
        self.matrix.label(labels.items())
        self.matrix.remove([one for one in self.matrix.ids() if one not in labels])
        return {one for one in labels if one not in self.matrix}

    def remove(self, chunk_ids: Sequence[int]) -> None:
        """See `Index.remove`."""
        self.matrix.remove(chunk_ids)
        if self._graph is not None:
            self._graph.removed(chunk_ids)
        self.words.remove(chunk_ids)

    def commit(self) -> None:
        """See `Index.commit`."""
        self.words.commit()
        self.matrix.flush()
        if self._graph is not None:
            self._graph.committed()

    def lexical(self, query: LexicalQuery, scope: Scope, limit: int) -> list[Hit]:
        """See `Index.lexical`.

        Where most of the passages may be read, it is cheaper to find some more and to leave out
        those that may not (100,000 passages: 0.4 ms against 1.3 ms with the filter).
        """
        words, matrix = self.words, self.matrix  # a rebuild may put others in their place
        visible = matrix.visible(scope)
        if visible.share >= FILTER_AFTER_SHARE:
            fetch = round(OVERFETCH * limit / visible.share)
            found = words.search(query, scope, fetch, of_any_class=True)
            kept = matrix.keep_visible(found, visible)
            if len(kept) >= limit or len(found) < fetch:
                return kept[:limit]
        return words.search(query, scope, limit)

    def dense(self, vector: NDArray[np.float32], scope: Scope, limit: int) -> list[LanguageScores]:
        """See `Index.dense`: exact over few allowed rows, by signs or the graph over many."""
        return nearest(self.matrix, self._graph, vector, scope, limit, self._exact)

    def vectors(self, chunk_ids: Sequence[int]) -> Vectors:
        """See `Index.vectors`."""
        known, found = self.matrix.vectors_of(chunk_ids)
        if len(known) == len(chunk_ids):
            return found
        by_id = dict(zip(known, found, strict=True))
        unknown = np.zeros(self.matrix.dimensions, np.float32)
        return np.array([by_id.get(one, unknown) for one in chunk_ids], np.float32)

    def words_of(self, chunk_ids: Sequence[int]) -> list[Words]:
        """See `Index.words_of`."""
        return self.matrix.words_of(chunk_ids)

    def frequency(self, term: str) -> int:
        """See `Index.frequency`."""
        return self.words.frequency(term)

    def count(self) -> int:
        """See `Index.count`."""
        return len(self.matrix)

    def state(self) -> str:
        """See `Index.state`."""
        if self.words.unreadable:
            return "the lexical index is damaged; answers go by meaning until `footnote rebuild`"
        return "" if self._graph is None else self._graph.state()

    def damaged(self) -> list[str]:
        """See `Index.damaged`."""
        return self.words.damaged()

    def vector_ids(self) -> list[int]:
        """See `Index.vector_ids`."""
        return self.matrix.ids()

    def word_ids(self) -> list[int]:
        """See `Index.word_ids`."""
        return self.words.chunk_ids()

    def word_count(self) -> int:
        """See `Index.word_count`."""
        return self.words.count()

    def filed_vectors(self, chunk_ids: Iterable[int]) -> dict[int, Filed]:
        """See `Index.filed_vectors`."""
        return self.matrix.filed(chunk_ids)

    def filed_words(
        self, chunk_ids: range | Sequence[int], sources: Iterable[str]
    ) -> tuple[dict[int, Filed], set[int]]:
        """See `Index.filed_words`."""
        return self.words.filed(chunk_ids, sources)

    def known_vectors(self, chunk_ids: Sequence[int]) -> tuple[list[int], Vectors]:
        """See `Index.known_vectors`."""
        return self.matrix.vectors_of(chunk_ids)

    def in_graph(self) -> set[int] | None:
        """See `Index.in_graph`: the ids that Chroma itself holds."""
        return None if self._graph is None else self._graph.ids()

    def wait_for_graph(self, timeout_s: float | None = None) -> bool:
        """See `Index.wait_for_graph`."""
        return self._graph is None or self._graph.wait(timeout_s)

    @property
    def unsound(self) -> bool:
        """See `Index.unsound`."""
        return self.words.unreadable or (self._graph is not None and self._graph.failed)

    def rebuild_graph(self) -> None:
        """See `Index.rebuild_graph`; searches scan meanwhile."""
        self._end_graph()
        discard(self._folder / "graph")
        self.start()

    def rebuild(self, fill: Callable[[Index], Mapping[int, Labels]]) -> None:
        """See `Index.rebuild`: into another folder, whose parts then take their places."""
        place = self._folder / "new"
        discard(place)
        fresh = LocalIndex(
            place, self.matrix.dimensions, clean=True, graph_from=None, model=self._model
        )
        try:
            labels = fill(fresh)
        finally:
            fresh.close()
        self._end_graph()
        discard(self._folder / "graph")
        self.words.close()
        for name in ("words", "vectors"):
            discard(self._folder / name)
            (place / name).rename(self._folder / name)
        discard(place)
        matrix = self._open_matrix(self.matrix.dimensions)
        matrix.label(labels.items())
        self.words, self.matrix = _open_words(self._folder / "words"), matrix
        self.start()

    def close(self) -> None:
        """See `Index.close`."""
        self._end_graph()
        self.words.close()
        self.matrix.flush()

    def _open_matrix(self, dimensions: int) -> Matrix:
        build = "none" if self._model is None else self._model.vocabulary.build
        return Matrix(self._folder / "vectors", dimensions, build)

    def _words_of(self, model: StaticModel, rows: Sequence[IndexRow]) -> list[Words]:
        """What a question is compared with, for each passage."""
        found: list[Words] = []
        for place, row in enumerate(rows):
            if place % WORDS_AT_ONCE == 0:
                self._give_way()
            found.append(model.compared_words(embedded_row(row)))
        return found

    def _end_graph(self) -> None:
        graph, self._graph = self._graph, None
        if graph is not None:
            graph.close()


def _open_words(folder: Path) -> LexicalIndex:
    try:
        return LexicalIndex(folder)
    except IndexCorrupt:
        discard(folder)
        return LexicalIndex(folder)


def _labels(rows: Sequence[IndexRow], modified: Sequence[datetime]) -> list[Labels]:
    return [
        Labels(row.access_class, row.language, row.source, moment)
        for row, moment in zip(rows, modified, strict=True)
    ]
