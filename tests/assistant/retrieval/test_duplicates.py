"""Copies are shown once; what differs in a figure or a negation is never taken for a copy."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.retrieval.duplicates import fold_duplicates
from ingest.models.static import StaticModel

RULE = (
    "Everyone who works full time has 25 days of annual leave a year, taken in agreement with "
    "the line manager, who answers a request within one week and may not refuse it twice."
)


@cache
def _model() -> StaticModel:
    return StaticModel.load()


def _folded(*texts: str) -> list[int]:
    vectors = _model().encode(texts)
    return fold_duplicates(range(len(texts)), dict(enumerate(texts)), vectors)


def test_white_space_case_and_punctuation_make_no_other_passage() -> None:
    """The same words are the same passage, and the best-ranked one stays."""
    assert _folded("Same  text.", "same text", "other") == [0, 2]
    assert _folded("the  \n☎ ", "The ☎", "☎ the") == [0, 2]  # though the model knows no word


def test_a_figure_that_is_divided_otherwise_is_another_passage() -> None:
    """White space may stand elsewhere, not in the middle of a number."""
    assert _folded("It costs 10 0 euros", "It costs 100 euros") == [0, 1]


def test_a_reworded_copy_is_folded() -> None:
    """Two words more in thirty make no other passage."""
    assert _folded(RULE, f"Note: {RULE}") == [0]


@pytest.mark.parametrize(
    ("old", "new"),
    [("25 days", "30 days"), ("may not refuse", "may refuse"), ("full time", "full time or 50 %")],
)
def test_another_figure_or_negation_is_another_passage(old: str, new: str) -> None:
    """Two versions of a rule are both shown."""
    assert _folded(RULE, RULE.replace(old, new)) == [0, 1]


def test_chinese_copies_and_chinese_versions_are_told_apart() -> None:
    """Characters are compared as words are."""
    rule = (
        "员工每年享有十五天带薪年假，须提前两周向主管提出申请，主管应在一周内答复，逾期视为同意。"
    )
    assert _folded(rule, rule.replace("，逾期", "；逾期")) == [0]
    assert _folded(rule, rule.replace("视为同意", "不视为同意")) == [0, 1]


@given(st.lists(st.text(alphabet="ab 1不", max_size=12), max_size=8))
def test_every_text_is_kept_once(texts: list[str]) -> None:
    """Nothing different is lost: each passage's words are those of one that is kept, or nearly."""
    kept = _folded(*texts)
    assert kept == sorted(kept)
    assert (0 in kept) == bool(texts)
    assert _folded(*[texts[i] for i in kept]) == list(range(len(kept)))
