"""How strong the evidence of a passage is by itself, so that weak evidence is never an answer.

Ranking only compares passages with one another; whether the best of them answers at all needs a
measure that means the same for every question: how much of the question the passage covers, in
meaning and in words.

The numbers below are tuned; `make bench BENCH_ARGS=constants` measures them again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from assistant.analysis.question import AnalysedQuestion

MEANING_WEIGHT = 0.65
"""Share of meaning in the strength; the rest is the question's words, weighted by rarity."""

ENOUGH = 0.48
"""Least strength of a passage that may answer."""

PARTIAL = 0.58
"""Below this an extract is shown as a partial answer."""

MISSING_CODE = 0.5
"""What part of its strength a passage loses that holds none of the codes that were asked for."""


def rarities(
    question: AnalysedQuestion, frequency: Callable[[str], int], passages: int
) -> dict[str, float]:
    """How much each term and word of the question says: its inverse document frequency.

    The variant of BM25 (Robertson and Zaragoza 2009) that is never negative.

    Args:
        question: whose terms and words are meant.
        frequency: in how many passages an index term occurs.
        passages: how many passages there are.
    """
    found = {}
    for term in dict.fromkeys((*question.terms, *question.words)):
        count = min(passages, frequency(term))
        found[term] = math.log(1 + (passages - count + 0.5) / (count + 0.5))
    return found


def strength(
    question: AnalysedQuestion,
    weights: Mapping[str, float],
    meaning: float,
    held: frozenset[str],
) -> float:
    """Evidence in 0..1 of a passage.

    Args:
        question: what is asked.
        weights: see `rarities`.
        meaning: how much of the question's words the passage covers in meaning (MaxSim, at most 1).
        held: the index terms of the passage with its title and headings.

    A code that the question names and the passage does not hold is decisive: a passage about
    another error code is no answer, however alike the rest.
    """
    covered = _covered(question, weights, held)
    value = MEANING_WEIGHT * meaning + (1 - MEANING_WEIGHT) * covered
    if question.codes:
        missing = [
            code
            for code in question.codes
            if not (code.text in held or held.issuperset(code.terms))
        ]
        value *= 1 - MISSING_CODE * len(missing) / len(question.codes)
    return max(0.0, min(1.0, value))


def _covered(
    question: AnalysedQuestion, weights: Mapping[str, float], held: frozenset[str]
) -> float:
    """Share of the question's words, by weight, that stand there or whose translation does."""
    total = sum(weights[word] for word in question.translations)
    if total <= 0:
        return 0.0
    covered = 0.0
    for word, others in question.translations.items():
        if word in held:
            covered += weights[word]
        else:
            probabilities = [p for other, p in others if other in held]
            covered += weights[word] * min(1.0, max(probabilities, default=0.0))
    return covered / total
