"""Copies of a passage are shown once: the same words, or nearly the same with the same figures.

A company keeps the same text in many files: copies, quoted replies, last month's export. Two
passages are taken for one only if no number and no negation differs between them; otherwise they
may be two versions of a rule, and the asker must see both.

The numbers below are tuned; `make bench BENCH_ARGS=constants` measures them again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

NEARLY = 0.9
"""Least share of common word pairs (Jaccard, after Broder 1997) of two copies."""

_CLOSE = 0.8
"""Copies lie close in meaning (cosine): only such passages are compared word by word."""

_WORDS = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")
_TELLING = re.compile(
    r"\d|^(?:not?|never|none|without|except|unless|cannot|neither|nor)$|[不没无非未勿禁]"
)


def fold_duplicates(
    order: Sequence[int], texts: Mapping[int, str], vectors: NDArray[np.float32]
) -> list[int]:
    """Those of `order` (chunk ids, best first) that are no copies of an earlier one.

    Args:
        order: chunk ids, each with its text in `texts`.
        texts: passages by chunk id.
        vectors: the passages' embeddings of length 1 in the same order, (n, dimensions).
    """
    close = vectors @ vectors.T >= _CLOSE
    wordings = [_Copy(texts[one]) for one in order]
    seen: set[str] = set()
    kept: list[int] = []
    for place, wording in enumerate(wordings):
        if wording.plain in seen:
            continue
        seen.add(wording.plain)
        if not any(close[place, other] and wording.nearly(wordings[other]) for other in kept):
            kept.append(place)
    return [order[place] for place in kept]


class _Copy:
    """A passage as words; what comparing it takes is worked out when first asked for."""

    def __init__(self, text: str) -> None:
        folded = text.casefold()
        self.plain = " ".join(folded.split())
        self._folded = folded

    @cached_property
    def words(self) -> list[str]:
        """Its words; of Chinese, its characters."""
        return _WORDS.findall(self._folded)

    @cached_property
    def telling(self) -> Counter[str]:
        """Numbers and negations, and how often each stands there."""
        return Counter(word for word in self.words if _TELLING.search(word))

    @cached_property
    def pairs(self) -> set[tuple[str, str]]:
        """The pairs of neighbouring words."""
        return set(pairwise(self.words))

    def nearly(self, known: _Copy) -> bool:
        """Whether two passages say the same with hardly another word."""
        longer = max(len(self.words), len(known.words))
        if min(len(self.words), len(known.words)) < NEARLY * longer:
            return False
        common = len(self.pairs & known.pairs)
        either = len(self.pairs) + len(known.pairs) - common
        return common >= NEARLY * max(1, either) and self.telling == known.telling
