"""Which way a search by meaning takes: exactly, by signs, or through the graph.

Up to a quarter of a million passages the matrix answers alone: a scan of signs is faster there
than Chroma's graph, misses less and takes any access filter (measured in `signs.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.store.index.interface import LanguageScores
from ingest.store.index.vectors.follower import Follower
from ingest.store.index.vectors.labels import Visible
from ingest.store.index.vectors.matrix import Matrix
from ingest.types import Hit, Scope

OVERFETCH = 1.5
"""How many times more rows than expected are fetched, so that filtering leaves enough."""

MOST_FETCHED = 4000

MOST_FRESH = 12_000
"""So many rows that the graph does not hold yet are compared exactly; with more it is not asked."""


@dataclass(frozen=True, slots=True)
class ExactUpTo:
    """Up to how many allowed rows are compared exactly: all of them, or those of a language.

    So few of a language are compared exactly even where others are too many.
    """

    rows: int = 12_000
    of_language: int = 2_000


def nearest(
    matrix: Matrix,
    graph: Follower | None,
    vector: NDArray[np.float32],
    scope: Scope,
    limit: int,
    exact: ExactUpTo,
) -> list[LanguageScores]:
    """The best `limit` rows of each language that the scope sees."""
    visible = matrix.visible(scope)
    if visible.total <= exact.rows:
        return matrix.search(vector, matrix.visible_rows(visible), limit)
    found: list[LanguageScores] = []
    for language, count in visible.counts.items():
        if count <= exact.of_language:
            rows = matrix.visible_rows(visible, language)
            found.extend(matrix.search(vector, rows, limit))
            continue
        hits = None
        if graph is not None and count >= graph.from_rows:
            hits = _from_graph(matrix, graph, vector, visible, language, limit)
        if hits is None:
            hits = matrix.near(vector, matrix.visible_rows(visible, language), limit)
        spread = matrix.spread(vector, language)
        found.append(LanguageScores(language, tuple(hits[:limit]), *spread))
    return found


def _from_graph(
    matrix: Matrix,
    graph: Follower,
    vector: NDArray[np.float32],
    visible: Visible,
    language: str,
    limit: int,
) -> list[Hit] | None:
    """Visible hits of a language from the graph; None where a scan is better."""
    fresh = graph.fresh(MOST_FRESH)
    if fresh is None:  # it is being filled
        return None
    share = visible.counts[language] / max(1, visible.live[language])
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
