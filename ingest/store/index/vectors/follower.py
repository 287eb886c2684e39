"""Keeping Chroma's graph true to the matrix, in the background, where the collection is large.

The graph follows in small batches and gives way to questions. Rows that it does not hold yet are
`fresh`, and are looked at exactly. A graph that cannot be opened is thrown away and filled again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from ingest.errors import IndexCorrupt
from ingest.store.index.interface import LANGUAGES
from ingest.store.index.vectors.graph import Graph, discard, probe
from ingest.store.index.vectors.matrix import Matrix
from ingest.store.precedence import INDEXING, stand_back
from ingest.types import Hit

FOLLOW_BATCH = 25
"""Rows that Chroma is given at a time: it holds Python's lock meanwhile (25 rows, some 10 ms)."""

_log = structlog.get_logger(__name__)


class Follower:
    """The graph of one matrix, opened when that has `from_rows` rows.

    Attributes:
        from_rows: how many rows make a graph worth its memory and time.
        failed: whether it is out of order until the next start.
    """

    def __init__(
        self,
        folder: Path,
        matrix: Matrix,
        from_rows: int,
        *,
        clean: bool,
        give_way: Callable[[], object],
    ) -> None:
        """Begins to follow.

        Args:
            folder: where Chroma keeps the graph.
            matrix: what is followed.
            from_rows: how many rows make a graph worth its memory and time.
            clean: whether the last owner closed it; if not, it is opened in a child first.
            give_way: called before every batch; returns when nobody is kept waiting.
        """
        self._folder = folder
        self._matrix = matrix
        self.from_rows = from_rows
        self._clean = clean
        self._give_way = give_way
        self._graph: Graph | None = None
        self._in_graph: dict[int, str] = {}
        self._fresh: set[int] = set()
        self._work = threading.Condition()
        self._dirty = True
        self._idle = False
        self._stopping = False
        self.failed = False
        self._thread = threading.Thread(target=self._follow, name="graph", daemon=True)
        self._thread.start()

    def added(self, ids: Sequence[int]) -> None:
        """Rows that the matrix has just taken up."""
        with self._work:
            if self._graph is not None:
                self._fresh.update(ids)

    def removed(self, ids: Sequence[int]) -> None:
        """Rows that are dead in the matrix from now on."""
        with self._work:
            self._fresh.difference_update(ids)

    def committed(self) -> None:
        """Something was added or removed, and is to be followed now."""
        with self._work:
            self._dirty = True
            self._idle = False
            self._work.notify_all()

    def search(self, language: str, vector: NDArray[np.float32], limit: int) -> list[Hit] | None:
        """The nearest rows of a language, dead ones among them; None where there is no graph."""
        graph = self._graph
        if graph is None:
            return None
        try:
            return graph.search(language, vector, limit)
        except Exception as exc:  # a damaged graph must not fail a question
            _log.warning("graph search failed", error=type(exc).__name__)
            return None

    def fresh(self, most: int) -> list[int] | None:
        """The rows that the graph does not hold yet; None if they are more than `most`."""
        with self._work:
            return list(self._fresh) if len(self._fresh) <= most else None

    def state(self) -> str:
        """Empty when the graph is as the matrix, else what is being done, for people."""
        with self._work:
            if self._idle:
                return ""
        waiting = len(self._matrix) - len(self._in_graph)
        return f"{waiting} passages are on their way into the vector graph"

    def wait(self, timeout_s: float | None = None) -> bool:
        """Returns once the graph holds every passage; False if that took too long."""
        with self._work:
            return self._work.wait_for(lambda: self._idle or self._stopping, timeout_s)

    def ids(self) -> set[int] | None:
        """The ids that Chroma itself holds; None while it is being filled, or is not used."""
        graph = self._graph
        if graph is None or self.state():
            return None
        return {one for language in LANGUAGES for one in graph.ids(language)}

    def close(self) -> None:
        """Stops following and lets Chroma go; what was begun goes on at the next opening."""
        with self._work:
            self._stopping = True
            self._work.notify_all()
        self._thread.join()
        graph, self._graph = self._graph, None
        if graph is not None:
            graph.close()

    def _follow(self) -> None:
        stand_back(INDEXING)
        if len(self._matrix) < self.from_rows // 2:
            discard(self._folder)  # of a larger collection, or of a Footnote that always kept one
        while self._next():
            try:
                if self._graph is None and len(self._matrix) >= self.from_rows:
                    self._open()
                more = self._graph is not None and self._catch_up(self._graph)
            except Exception as exc:
                # Chroma 1.5.9 that failed once on a full disk hangs at a later add, and holds
                # Python's lock meanwhile: the whole process would stand still.
                _log.error(
                    "the vector graph is out of order; searches scan until the next start",
                    error=str(exc),
                )
                self._graph, self.failed = None, True
                self._rest()
                return
            if not more:
                self._rest()

    def _next(self) -> bool:
        """Waits until there is something to follow; False when it is time to stop."""
        with self._work:
            self._work.wait_for(lambda: self._dirty or self._stopping)
            self._dirty = False
            return not self._stopping

    def _rest(self) -> None:
        with self._work:
            self._idle = self.failed or not self._dirty
            self._work.notify_all()

    def _open(self) -> None:
        if not self._clean and not probe(self._folder, self._matrix.dimensions):
            _log.warning("the vector graph is damaged and is rebuilt", folder="graph")
            discard(self._folder)
        try:
            graph = Graph(self._folder, LANGUAGES)
        except IndexCorrupt:
            discard(self._folder)
            graph = Graph(self._folder, LANGUAGES)
        for language in LANGUAGES:
            self._in_graph.update(dict.fromkeys(graph.ids(language), language))
        with self._work:  # whoever adds later finds the graph open, and says so to `added`
            self._fresh = {one for one in self._matrix.ids() if one not in self._in_graph}
            self._graph = graph

    def _catch_up(self, graph: Graph) -> bool:
        """Removes dead rows, adds missing ones; stops when the index is being closed."""
        live = set(self._matrix.ids())
        for language in LANGUAGES:
            dead = [
                one
                for one, where in list(self._in_graph.items())
                if where == language and one not in live
            ]
            graph.remove(language, dead)
            for one in dead:
                del self._in_graph[one]
        missing = self._matrix.by_language(one for one in live if one not in self._in_graph)
        for language, ids in missing.items():
            for start in range(0, len(ids), FOLLOW_BATCH):
                if self._stopping:
                    return False
                self._give_way()
                some, vectors = self._matrix.vectors_of(ids[start : start + FOLLOW_BATCH])
                graph.add(language, some, vectors)
                self._in_graph.update(dict.fromkeys(some, language))
                with self._work:
                    self._fresh.difference_update(some)
        return self._dirty
