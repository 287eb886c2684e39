"""Estimated tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.llm.tokens import estimate_tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", 0), ("leave", 1), ("annual leave.", 3), ("responsibility", 3), ("年假", 2), ("1234", 2)],
)
def test_estimate_of_known_texts(text: str, expected: int) -> None:
    """Words by length, Han characters and signs one by one."""
    assert estimate_tokens(text) == expected


@given(st.text(), st.text())
def test_longer_texts_never_have_fewer_tokens(one: str, other: str) -> None:
    """A budget that the parts keep is kept by the whole."""
    whole = estimate_tokens(f"{one} {other}")
    assert whole == estimate_tokens(one) + estimate_tokens(other)
