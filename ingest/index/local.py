"""The index of one machine: tantivy for words, a matrix and a Chroma graph for meaning.

Words and matrix are written before a version is published, so that a new passage is found by both
legs from its first moment. The graph follows in the background, in small batches; rows that it
does not hold yet are looked at exactly. So nothing waits for Chroma: neither the start, nor a
sync, nor a question while the graph is being rebuilt.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from ingest.errors import IndexCorrupt
from ingest.index.checksums import damaged
from ingest.index.graph import Graph, discard, probe
from ingest.index.interface import Labels, LanguageScores, LexicalQuery
from ingest.index.lexical import LexicalIndex
from ingest.index.matrix import LANGUAGES, Matrix, Visible
from ingest.types import Hit, IndexRow, Scope, Vectors

EXACT_ROWS = 12_000
"""Up to this many allowed rows an exact search is as fast as the graph, and misses nothing."""

EXACT_SHARE = 0.05
"""Below this visible share of all rows, over-fetching from the graph would miss too much."""

OVERFETCH = 1.5
"""How many times more rows than expected are fetched, so that filtering leaves enough."""

EXACT_ROWS_OF_LANGUAGE = 2_000
"""So few allowed rows of a language are looked at exactly even where others need the graph."""

FILTER_AFTER_SHARE = 0.5
"""From this readable share on, words are searched without the access filter and filtered after."""

MOST_FETCHED = 4000
FOLLOW_BATCH = 25
"""Rows that Chroma is given at a time: it holds Python's lock meanwhile (25 rows, some 10 ms)."""

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
        graph: bool = True,
        give_way: Callable[[], object] = lambda: None,
    ) -> None:
        """Opens or makes the index in `folder`.

        Args:
            folder: where tantivy, matrix and graph are kept.
            dimensions: of the vectors.
            clean: whether the last owner closed it; if not, its files are proved before use.
            graph: False leaves the graph out (a throw-away index of moderate size).
            give_way: called between the steps of writing; returns when nobody is kept waiting.
        """
        self._folder = folder
        self._give_way = give_way
        if not clean and folder.is_dir() and (spoilt := damaged(folder / "words")):
            _log.warning("the lexical index is damaged and is written again", files=spoilt)
            discard(folder / "words")
        self.words = _open_words(folder / "words")
        self.matrix = Matrix(folder / "vectors", dimensions)
        self._graph_folder = folder / "graph"
        self._clean = clean
        self._graph: Graph | None = None
        self._in_graph: dict[int, str] = {}
        self._fresh: set[int] = set()
        self._languages: dict[int, str] = {}
        self._work = threading.Condition()
        self._dirty = True
        self._idle = False
        self._stopping = False
        self._follower: threading.Thread | None = None
        self._wants_graph = graph
        self.graph_failed = False

    def start(self) -> None:
        """Begins to fill the graph in the background; call once labels are in place."""
        if self._wants_graph and self._follower is None:
            self._follower = threading.Thread(target=self._follow, name="graph", daemon=True)
            self._follower.start()

    def add(self, rows: Sequence[IndexRow], vectors: Vectors, modified: Sequence[datetime]) -> None:
        """See `Index.add`."""
        self.matrix.add([row.chunk_id for row in rows], vectors, _labels(rows, modified))
        self._languages.update((row.chunk_id, row.language) for row in rows)
        self._fresh.update(row.chunk_id for row in rows)
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
        known = list(labels)
        self.matrix.label(known)
        self._languages.update((chunk_id, label.language) for chunk_id, label in known)

    def remove(self, chunk_ids: Sequence[int]) -> None:
        """See `Index.remove`."""
        self.matrix.remove(chunk_ids)
        self._fresh.difference_update(chunk_ids)
        for chunk_id in chunk_ids:
            self._languages.pop(chunk_id, None)
        self.words.remove(chunk_ids)

    def commit(self) -> None:
        """See `Index.commit`."""
        self.words.commit()
        self.matrix.flush()
        with self._work:
            self._dirty = True
            self._idle = False
            self._work.notify_all()

    def lexical(self, query: LexicalQuery, scope: Scope, limit: int) -> list[Hit]:
        """See `Index.lexical`.

        Where most of the passages may be read, it is cheaper to find some more and to leave out
        those that may not (100,000 passages: 0.4 ms against 1.3 ms with the filter).
        """
        visible = self.matrix.visible(scope)
        if visible.share >= FILTER_AFTER_SHARE:
            fetch = round(OVERFETCH * limit / visible.share)
            found = self.words.search(query, scope, fetch, of_any_class=True)
            kept = self.matrix.keep_visible(found, visible)
            if len(kept) >= limit or len(found) < fetch:
                return kept[:limit]
        return self.words.search(query, scope, limit)

    def dense(self, vector: NDArray[np.float32], scope: Scope, limit: int) -> list[LanguageScores]:
        """See `Index.dense`: exact over few allowed rows, from the graph over many."""
        visible = self.matrix.visible(scope)
        graph = self._graph
        if graph is None or visible.total <= EXACT_ROWS:
            return self.matrix.search(vector, self.matrix.visible_rows(visible), limit)
        return self._from_graph(graph, vector, visible, limit)

    def frequency(self, term: str) -> int:
        """See `Index.frequency`."""
        return self.words.frequency(term)

    def count(self) -> int:
        """See `Index.count`."""
        return len(self.matrix)

    def state(self) -> str:
        """See `Index.state`."""
        with self._work:
            building = self._wants_graph and not self._idle
        waiting = len(self.matrix) - len(self._in_graph)
        return f"{waiting} passages are on their way into the vector graph" if building else ""

    def wait_for_graph(self, timeout_s: float | None = None) -> bool:
        """Returns once the graph holds every passage; False if that took too long."""
        if not self._wants_graph:
            return True
        with self._work:
            return self._work.wait_for(lambda: self._idle or self._stopping, timeout_s)

    def in_graph(self) -> set[int] | None:
        """The ids that Chroma itself holds; None while it is being filled, or is not used."""
        graph = self._graph
        if graph is None or self.state():
            return None
        return {one for language in LANGUAGES for one in graph.ids(language)}

    def rebuild_graph(self) -> None:
        """Throws the graph away and begins to fill another; searches are exact meanwhile."""
        self._end_graph()
        discard(self._graph_folder)
        self._in_graph, self._fresh, self._graph = {}, set(), None
        self._stopping, self._dirty, self._idle = False, True, False
        self.start()

    def rebuild(self, fill: Callable[[LocalIndex], Mapping[int, Labels]]) -> None:
        """Takes over what `fill` puts into new indexes; the old ones answer until then.

        `fill` gives back the label of every row. Killed in between, the next start finds folders
        missing and fills them from the catalogue.
        """
        place = self._folder / "new"
        discard(place)
        fresh = LocalIndex(place, self.matrix.dimensions, clean=True, graph=False)
        try:
            labels = fill(fresh)
        finally:
            fresh.close()
        self._end_graph()
        discard(self._graph_folder)
        self.words.close()
        for name in ("words", "vectors"):
            discard(self._folder / name)
            (place / name).rename(self._folder / name)
        discard(place)
        matrix = Matrix(self._folder / "vectors", self.matrix.dimensions)
        matrix.label(labels.items())
        self.words, self.matrix = _open_words(self._folder / "words"), matrix
        self._languages = {chunk_id: one.language for chunk_id, one in labels.items()}
        self._in_graph, self._fresh, self._graph = {}, set(), None
        self._stopping, self._dirty, self._idle = False, True, False
        self.start()

    def close(self) -> None:
        """See `Index.close`."""
        self._end_graph()
        self.words.close()
        self.matrix.flush()

    def _end_graph(self) -> None:
        with self._work:
            self._stopping = True
            self._work.notify_all()
        if self._follower is not None:
            self._follower.join()
            self._follower = None
        graph, self._graph = self._graph, None
        if graph is not None:
            graph.close()

    def _from_graph(
        self, graph: Graph, vector: NDArray[np.float32], visible: Visible, limit: int
    ) -> list[LanguageScores]:
        found: list[LanguageScores] = []
        for language, count in visible.counts.items():
            if count:
                hits = self._near(graph, vector, visible, language, limit)
                if hits is None:
                    rows = self.matrix.visible_rows(visible, language)
                    found.extend(self.matrix.search(vector, rows, limit))
                else:
                    spread = self.matrix.spread(vector, language)
                    found.append(LanguageScores(language, tuple(hits[:limit]), *spread))
        if self._fresh:
            fresh = self.matrix.rows_of(tuple(self._fresh))
            fresh = fresh[fresh < len(visible.mask)]
            fresh = fresh[visible.mask[fresh]]
            found = _merge(found, self.matrix.search(vector, fresh, limit), limit)
        return found

    def _near(
        self,
        graph: Graph,
        vector: NDArray[np.float32],
        visible: Visible,
        language: str,
        limit: int,
    ) -> list[Hit] | None:
        """Visible hits of a language from the graph; None where an exact search is better."""
        count = visible.counts[language]
        share = count / max(1, visible.live[language])
        if count <= EXACT_ROWS_OF_LANGUAGE or share < EXACT_SHARE:
            return None
        fetch = limit if share == 1 else min(MOST_FETCHED, round(OVERFETCH * limit / share))
        try:
            near = graph.search(language, vector, fetch)
        except Exception as exc:  # a damaged graph must not fail a question
            _log.warning("graph search failed", error=type(exc).__name__)
            return None
        hits = self.matrix.keep_visible(near, visible)
        return hits if len(hits) >= limit or len(near) < fetch else None

    def _follow(self) -> None:
        """Keeps the graph true to the matrix until the index is closed."""
        try:
            graph = self._open_graph()
            for language in LANGUAGES:
                for chunk_id in graph.ids(language):
                    self._in_graph[chunk_id] = language
            # Not replaced: a sync may be adding to it just now.
            self._fresh.update(one for one in self.matrix.ids() if one not in self._in_graph)
            self._graph = graph
        except Exception as exc:
            _log.error("the vector graph is out of order; searches stay exact", error=str(exc))
            self._rest()
            return
        while True:
            with self._work:
                self._work.wait_for(lambda: self._dirty or self._stopping)
                if self._stopping:
                    return
                self._dirty = False
            try:
                more = self._catch_up(graph)
            except Exception as exc:
                # Chroma 1.5.9 that failed once on a full disk hangs at a later add, and holds
                # Python's lock meanwhile: the whole process would stand still.
                _log.error(
                    "the vector graph cannot be written; searches are exact until the next start",
                    error=str(exc),
                )
                self._graph, self._wants_graph, self.graph_failed = None, False, True
                self._rest()
                return
            if not more:
                self._rest()

    def _rest(self) -> None:
        with self._work:
            self._idle = not self._dirty
            self._work.notify_all()

    def _open_graph(self) -> Graph:
        if not self._clean and not probe(self._graph_folder, self.matrix.dimensions):
            _log.warning("the vector graph is damaged and is rebuilt", folder="graph")
            discard(self._graph_folder)
        try:
            return Graph(self._graph_folder, LANGUAGES)
        except IndexCorrupt:
            discard(self._graph_folder)
            return Graph(self._graph_folder, LANGUAGES)

    def _catch_up(self, graph: Graph) -> bool:
        """Removes dead rows, adds missing ones; stops when the index is being closed."""
        live = set(self.matrix.ids())
        for language in LANGUAGES:
            dead = [
                one
                for one, where in list(self._in_graph.items())
                if where == language and one not in live
            ]
            graph.remove(language, dead)
            for one in dead:
                del self._in_graph[one]
        missing = [one for one in live if one not in self._in_graph]
        for language in LANGUAGES:
            mine = sorted(one for one in missing if self._languages.get(one) == language)
            for start in range(0, len(mine), FOLLOW_BATCH):
                if self._stopping:
                    return False
                self._give_way()
                ids, vectors = self.matrix.vectors_of(mine[start : start + FOLLOW_BATCH])
                graph.add(language, ids, vectors)
                self._in_graph.update(dict.fromkeys(ids, language))
                self._fresh.difference_update(ids)
        return self._dirty


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


def _merge(
    first: Sequence[LanguageScores], second: Sequence[LanguageScores], limit: int
) -> list[LanguageScores]:
    """Both lists' hits by language, best first, each chunk once."""
    by_language = {one.language: one for one in first}
    for extra in second:
        known = by_language.get(extra.language)
        if known is None:
            by_language[extra.language] = extra
            continue
        best = {hit.chunk_id: hit for hit in (*known.hits, *extra.hits)}
        hits = sorted(best.values(), key=lambda hit: -hit.score)[:limit]
        by_language[extra.language] = LanguageScores(
            known.language, tuple(hits), known.mean, known.deviation
        )
    return list(by_language.values())
