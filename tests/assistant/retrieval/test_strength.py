"""What counts as evidence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.retrieval.strength import Asked, identifiers
from ingest.text.words import terms


def _asked(question: str) -> Asked:
    return Asked(question, lambda _: (), lambda _: 1, 100)


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
    asked = _asked("What does ERR-4042 mean?")
    right = asked.strength(0.9, _held("ERR-4042 means that the certificate expired"))
    wrong = asked.strength(0.9, _held("ERR-4051 means that there are too many sessions"))
    assert wrong < 0.6 * right


@given(st.text(max_size=80), st.text(max_size=200), st.floats(0, 1))
def test_strength_stays_between_zero_and_one(question: str, passage: str, meaning: float) -> None:
    """For any texts at all."""
    assert 0 <= _asked(question).strength(meaning, _held(passage)) <= 1


def test_a_translation_counts_as_the_word() -> None:
    """A Chinese passage may answer an English question."""
    asked = Asked("holiday", lambda _: (("假期", 0.8),), lambda _: 1, 100)
    assert asked.strength(0.5, frozenset({"假期"})) > asked.strength(0.5, frozenset({"工资"}))
