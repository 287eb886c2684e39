"""Copies of a passage are shown once: the same words, or nearly the same with the same figures.

A company keeps the same text in many files: copies, quoted replies, last month's export. Two
passages are taken for one only if no number and no negation differs between them; otherwise they
may be two versions of a rule, and the asker must see both.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise

from assistant.rank import Candidate

NEARLY = 0.9
"""Least share of common word pairs (Jaccard, after Broder 1997) of two copies."""

_ALIKE = 0.1
"""Copies have nearly the same score in each leg; only such passages are compared word by word."""

_WORDS = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")
_TELLING = re.compile(
    r"\d|^(?:not?|never|none|without|except|unless|cannot|neither|nor)$|[不没无非未勿禁]"
)


def fold_duplicates(order: Sequence[Candidate], texts: Mapping[int, str]) -> list[Candidate]:
    """`order` (best first) without passages that are copies of an earlier one.

    Args:
        order: candidates whose text is in `texts`.
        texts: passages by chunk id.
    """
    kept: list[tuple[Candidate, _Wording]] = []
    for one in order:
        wording = _Wording(texts[one.chunk_id])
        if not any(
            wording.words == known.words or (_alike(one, other) and wording.nearly(known))
            for other, known in kept
        ):
            kept.append((one, wording))
    return [one for one, _ in kept]


class _Wording:
    """A passage as words; what comparing it takes is worked out when first asked for."""

    def __init__(self, text: str) -> None:
        self.words: list[str] = _WORDS.findall(text.casefold())

    @cached_property
    def telling(self) -> Counter[str]:
        """Numbers and negations, and how often each stands there."""
        return Counter(word for word in self.words if _TELLING.search(word))

    @cached_property
    def pairs(self) -> set[tuple[str, str]]:
        """The pairs of neighbouring words."""
        return set(pairwise(self.words))

    def nearly(self, known: _Wording) -> bool:
        """Whether two passages say the same with hardly another word."""
        longer = max(len(self.words), len(known.words))
        if min(len(self.words), len(known.words)) < NEARLY * longer:
            return False
        common = len(self.pairs & known.pairs)
        either = len(self.pairs) + len(known.pairs) - common
        return common >= NEARLY * max(1, either) and self.telling == known.telling


def _alike(one: Candidate, other: Candidate) -> bool:
    return abs(one.lexical - other.lexical) < _ALIKE and abs(one.dense - other.dense) < _ALIKE
