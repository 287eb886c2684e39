"""Exact search: the cosines of given rows, and of a sample of a language's rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ingest.store.index.interface import LANGUAGES, LanguageScores
from ingest.types import Hit, Vectors

_SAMPLE = 2000


def best_by_language(
    scores: NDArray[np.float32],
    languages: NDArray[np.int8],
    ids: NDArray[np.int64],
    limit: int,
) -> list[LanguageScores]:
    """The best `limit` of each language, best first; scores, languages and ids are parallel."""
    found: list[LanguageScores] = []
    for code, name in enumerate(LANGUAGES):
        mine = np.flatnonzero(languages == code)
        if len(mine):
            own = scores[mine]
            hits = tuple(Hit(int(ids[mine[i]]), float(own[i])) for i in best(own, limit))
            found.append(LanguageScores(name, hits, float(own.mean()), float(own.std())))
    return found


def best(scores: NDArray[np.float32], limit: int) -> NDArray[np.intp]:
    """Positions of the `limit` highest scores, highest first."""
    if len(scores) > limit:
        top = np.argpartition(-scores, limit - 1)[:limit]
        return top[np.argsort(-scores[top], kind="stable")]
    return np.argsort(-scores, kind="stable")


class Samples:
    """About 2,000 vectors of each language, evenly spread over its rows."""

    def __init__(self, draw: Callable[[str, int], tuple[int, Vectors]]) -> None:
        """`draw` gives every so-manieth row of a language, about the number it is told.

        It gives with them how many rows the whole index has.
        """
        self._draw = draw
        self._drawn: dict[str, tuple[int, Vectors]] = {}

    def spread(self, query: NDArray[np.float32], language: str, rows: int) -> tuple[float, float]:
        """Mean and deviation of the cosines of a language's sample.

        It is drawn anew when the index, which has `rows` rows, has grown by a quarter.
        """
        known = self._drawn.get(language)
        if known is None or rows > 1.25 * known[0]:
            known = self._drawn[language] = self._draw(language, _SAMPLE)
        scores = known[1] @ query
        return (float(scores.mean()), float(scores.std())) if len(scores) else (0.0, 1.0)
