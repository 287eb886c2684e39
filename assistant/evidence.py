"""How strong the evidence of a passage is by itself, so that weak evidence is never an answer.

Ranking only compares passages with one another; whether the best of them answers at all needs a
measure that means the same for every question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.analyse import terms

ENOUGH = 0.62
"""Least strength of a passage that may answer. Chosen on training questions, see the README."""

PARTIAL = 0.70
"""Below this an extract is shown as a partial answer."""

_IDENTIFIER = re.compile(
    r"(?=[\w.-]*\d)(?=[\w.-]*[A-Za-z])[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*|\d{4,}"
)


def identifiers(text: str) -> list[str]:
    """Codes of a question (`ERR-4042`, `TKT-1234`, `v2.1`, long numbers), lower case.

    Ordinals and units written onto a number (`3rd`, `25kg`) are not codes.
    """
    found = [match.group().lower() for match in _IDENTIFIER.finditer(text)]
    return [one for one in found if not re.fullmatch(r"\d+(?:st|nd|rd|th|kg|km|m|h|gb|mb|%)", one)]


def strength(question: str, covered: float, texts: Sequence[str]) -> float:
    """Evidence in 0..1 of a passage for a question.

    Args:
        question: as asked.
        covered: how much of the question's words the passage covers in meaning (MaxSim, at most 1).
        texts: the passage with its title and headings.

    A code that the question names and the passage does not hold is decisive: a passage about
    another error code is no answer, however alike the rest.
    """
    codes = identifiers(question)
    if codes:
        held = {term for text in texts for term in terms(text)}
        missing = [code for code in codes if not _holds(held, code)]
        covered *= 1.0 - 0.5 * len(missing) / len(codes)
    return max(0.0, min(1.0, covered))


def _holds(held: set[str], code: str) -> bool:
    return code in held or all(term in held for term in terms(code))
