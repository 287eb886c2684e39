"""What counts as evidence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.analysis.question import AnalysedQuestion, identifiers
from assistant.retrieval.strength import rarities, strength
from ingest.text.words import terms
from tests.assistant.passages import asked


def _strength(question: AnalysedQuestion, meaning: float, held: frozenset[str]) -> float:
    return strength(question, rarities(question, lambda _: 1, 100), meaning, held)


def _held(text: str) -> frozenset[str]:
    return frozenset(terms(text))


@pytest.mark.parametrize(
    ("question", "codes"),
    [
        ("What does ERR-4042 mean?", ["err-4042"]),
        ("TKT-1234 和 v2.1", ["tkt-1234", "v2.1"]),
        ("the 3rd of May 2025, 25kg", []),
        ("how many days", []),
        ("serial 88120734", ["88120734"]),
    ],
)
def test_codes_are_told_from_numbers(question: str, codes: list[str]) -> None:
    """Ordinals, measures and years are no codes."""
    assert identifiers(question) == codes


def test_a_passage_about_another_code_is_weak_evidence() -> None:
    """However alike the rest of it is."""
    question = asked("What does ERR-4042 mean?")
    right = _strength(question, 0.9, _held("ERR-4042 means that the certificate expired"))
    wrong = _strength(question, 0.9, _held("ERR-4051 means that there are too many sessions"))
    assert wrong < 0.6 * right


@given(st.text(max_size=80), st.text(max_size=200), st.floats(0, 1))
def test_strength_stays_between_zero_and_one(question: str, passage: str, meaning: float) -> None:
    """For any texts at all."""
    assert 0 <= _strength(asked(question), meaning, _held(passage)) <= 1


def test_a_translation_counts_as_the_word() -> None:
    """A Chinese passage may answer an English question."""
    question = asked("holiday")
    assert "假期" in {other for other, _ in question.translations["holiday"]}
    assert _strength(question, 0.5, frozenset({"假期"})) > _strength(
        question, 0.5, frozenset({"工资"})
    )
