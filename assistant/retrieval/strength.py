"""How strong the evidence of a passage is by itself, so that weak evidence is never an answer.

Ranking only compares passages with one another; whether the best of them answers at all needs a
measure that means the same for every question: how much of the question the passage covers, in
meaning and in words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

from ingest.text.words import terms, words

MEANING_WEIGHT = 0.65
"""Share of meaning in the strength; the rest is the question's words, weighted by rarity."""

ENOUGH = 0.48
"""Least strength of a passage that may answer."""

PARTIAL = 0.58
"""Below this an extract is shown as a partial answer."""

_MISSING_CODE = 0.5
"""What share of the strength goes where none of the question's codes is held."""

_IDENTIFIER = re.compile(
    r"(?=[\w.-]*\d)(?=[\w.-]*[A-Za-z])[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*|\d{4,}"
)
_MEASURE = re.compile(r"\d+(?:st|nd|rd|th|kg|km|m|h|gb|mb|%|s)")


def identifiers(text: str) -> list[str]:
    """Codes of a question (`ERR-4042`, `TKT-1234`, `v2.1`, long numbers), lower case.

    Ordinals, units written onto a number and years (`3rd`, `25kg`, `5S`, `2025`) are not codes.
    """
    found = [match.group().lower() for match in _IDENTIFIER.finditer(text)]
    return [
        one
        for one in found
        if not _MEASURE.fullmatch(one) and not re.fullmatch(r"(?:19|20)\d\d", one)
    ]


class Asked:
    """A question's words with their weights, to measure passages by."""

    def __init__(
        self,
        question: str,
        translations_of: Callable[[str], Sequence[tuple[str, float]]],
        frequency: Callable[[str], int],
        passages: int,
    ) -> None:
        """Args:
        question: as it stands alone.
        translations_of: weighted translations of a word.
        frequency: in how many passages an index term occurs.
        passages: how many passages there are.
        """
        self.terms = frozenset(terms(question))
        self._codes = identifiers(question)
        self._words = {
            word: math.log(1 + (passages - count + 0.5) / (count + 0.5))
            for word in dict.fromkeys(words(question))
            for count in [min(passages, frequency(word))]
        }
        self._translations = {word: tuple(translations_of(word)) for word in self._words}

    def strength(self, meaning: float, held: frozenset[str]) -> float:
        """Evidence in 0..1 of a passage.

        Args:
            meaning: how much of the question's words it covers in meaning (MaxSim, at most 1).
            held: the index terms of the passage with its title and headings.

        A code that the question names and the passage does not hold is decisive: a passage about
        another error code is no answer, however alike the rest.
        """
        value = MEANING_WEIGHT * meaning + (1 - MEANING_WEIGHT) * self._covered(held)
        if self._codes:
            missing = [code for code in self._codes if not _holds(held, code)]
            value *= 1 - _MISSING_CODE * len(missing) / len(self._codes)
        return max(0.0, min(1.0, value))

    def _covered(self, held: frozenset[str]) -> float:
        """Share of the question's words, by weight, that stand there or whose translation does."""
        total = sum(self._words.values())
        if total <= 0:
            return 0.0
        covered = 0.0
        for word, weight in self._words.items():
            if word in held:
                covered += weight
            else:
                probabilities = [p for other, p in self._translations[word] if other in held]
                covered += weight * min(1.0, max(probabilities, default=0.0))
        return covered / total


def _holds(held: frozenset[str], code: str) -> bool:
    return code in held or all(term in held for term in terms(code))
