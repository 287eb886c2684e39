"""Copies of a passage are shown once: the same words, or nearly the same with the same figures.

A company keeps the same text in many files: copies, quoted replies, last month's export. Two
passages are taken for one only if no number and no negation differs between them; otherwise they
may be two versions of a rule, and the asker must see both.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
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
    kept: list[tuple[Candidate, list[str]]] = []
    for one in order:
        words = _WORDS.findall(texts[one.chunk_id].casefold())
        if not any(
            words == known or (_alike(one, other) and nearly(words, known)) for other, known in kept
        ):
            kept.append((one, words))
    return [one for one, _ in kept]


def nearly(words: Sequence[str], known: Sequence[str]) -> bool:
    """Whether two passages, as words, say the same with hardly another word."""
    longer = max(len(words), len(known))
    if min(len(words), len(known)) < NEARLY * longer:
        return False
    if _telling(words) != _telling(known):
        return False
    one, other = set(pairwise(words)), set(pairwise(known))
    return len(one & other) >= NEARLY * max(1, len(one | other))


def _alike(one: Candidate, other: Candidate) -> bool:
    return abs(one.lexical - other.lexical) < _ALIKE and abs(one.dense - other.dense) < _ALIKE


def _telling(words: Sequence[str]) -> Counter[str]:
    """Numbers and negations, and how often each stands there."""
    return Counter(word for word in words if _TELLING.search(word))
