"""The index of one machine: tantivy for words, a matrix and a Chroma graph for meaning.

Words and matrix are written before a version is published, so that a new passage is found by both
legs from its first moment. Up to a quarter of a million passages the matrix answers alone: a scan
of signs is faster there than Chroma's graph, misses less and takes any access filter (measured in
`signs.py`). Larger collections get a graph, which follows in the background, in small batches;
rows that it does not hold yet are looked at exactly. So nothing waits for Chroma: neither the
start, nor a sync, nor a question while the graph is being rebuilt.
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
from ingest.store.index.interface import Labels, LanguageScores, LexicalQuery
from ingest.store.index.vectors.follower import Follower
from ingest.store.index.vectors.graph import discard
from ingest.store.index.vectors.matrix import Matrix, Visible
from ingest.store.index.vectors.passage_words import Words
from ingest.store.index.words.checksums import damaged
from ingest.store.index.words.lexical import LexicalIndex
from ingest.text.composed import compose_embedded
from ingest.types import Hit, IndexRow, Scope, Vectors

EXACT_ROWS = 12_000
"""Up to this many allowed rows all are compared exactly."""

EXACT_ROWS_OF_LANGUAGE = 2_000
"""So few allowed rows of a language are compared exactly even where others are too many."""

GRAPH_FROM = 250_000
"""Only from this many allowed rows of a language on does the graph save time."""

OVERFETCH = 1.5
"""How many times more rows than expected are fetched, so that filtering leaves enough."""

FILTER_AFTER_SHARE = 0.5
"""From this readable share on, words are searched without the access filter and filtered after."""

MOST_FETCHED = 4000

WORDS_AT_ONCE = 50
"""Passages that are analysed between two chances for a question to go first."""

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
        self._graph: Follower | None = None

    def start(self) -> None:
        """Begins to follow with the graph; call once labels are in place."""
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

    def relabel_vectors(self, labels: Iterable[tuple[int, Labels]]) -> None:
        """Sets labels of vectors alone: what opening the index does with the catalogue's rows."""
        self.matrix.label(labels)

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
        matrix = self.matrix  # a rebuild may put another in its place
        visible = matrix.visible(scope)
        if visible.total <= EXACT_ROWS:
            return matrix.search(vector, matrix.visible_rows(visible), limit)
        found: list[LanguageScores] = []
        for language, count in visible.counts.items():
            if count <= EXACT_ROWS_OF_LANGUAGE:
                rows = matrix.visible_rows(visible, language)
                found.extend(matrix.search(vector, rows, limit))
                continue
            hits = self._from_graph(matrix, vector, visible, language, limit)
            if hits is None:
                hits = matrix.near(vector, matrix.visible_rows(visible, language), limit)
            spread = matrix.spread(vector, language)
            found.append(LanguageScores(language, tuple(hits[:limit]), *spread))
        return found

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

    def wait_for_graph(self, timeout_s: float | None = None) -> bool:
        """Returns once the graph holds every passage; False if that took too long."""
        return self._graph is None or self._graph.wait(timeout_s)

    def in_graph(self) -> set[int] | None:
        """The ids that Chroma itself holds; None while it is being filled, or is not used."""
        return None if self._graph is None else self._graph.ids()

    @property
    def unsound(self) -> bool:
        """Whether the next start should look at the files before they are used."""
        return self.words.unreadable or (self._graph is not None and self._graph.failed)

    def rebuild_graph(self) -> None:
        """Throws the graph away and begins to fill another; searches scan meanwhile."""
        self._end_graph()
        discard(self._folder / "graph")
        self.start()

    def rebuild(self, fill: Callable[[LocalIndex], Mapping[int, Labels]]) -> None:
        """Takes over what `fill` puts into new indexes; the old ones answer until then.

        `fill` gives back the label of every row. Killed in between, the next start finds folders
        missing and fills them from the catalogue.
        """
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
            text = compose_embedded(row.title, row.headings, None, row.text)
            found.append(model.compared_words(text))
        return found

    def _end_graph(self) -> None:
        graph, self._graph = self._graph, None
        if graph is not None:
            graph.close()

    def _from_graph(
        self,
        matrix: Matrix,
        vector: NDArray[np.float32],
        visible: Visible,
        language: str,
        limit: int,
    ) -> list[Hit] | None:
        """Visible hits of a language from the graph; None where a scan is better."""
        graph, count = self._graph, visible.counts[language]
        if graph is None or self._graph_from is None or count < self._graph_from:
            return None
        fresh = graph.fresh(EXACT_ROWS)
        if fresh is None:  # it is being filled
            return None
        share = count / max(1, visible.live[language])
        fetch = limit if share == 1 else min(MOST_FETCHED, round(OVERFETCH * limit / share))
        near = graph.search(language, vector, fetch)
        if near is None:
            return None
        hits = matrix.keep_visible(near, visible)
        if len(hits) < limit and len(near) == fetch:
            return None
        rows = matrix.rows_of(fresh)
        rows = rows[rows < len(visible.mask)]
        known = {hit.chunk_id for hit in hits}
        more = [
            hit
            for one in matrix.search(vector, rows[visible.mask[rows]], limit)
            if one.language == language
            for hit in one.hits
            if hit.chunk_id not in known
        ]
        return sorted([*hits, *more], key=lambda hit: -hit.score)[:limit] if more else hits


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
