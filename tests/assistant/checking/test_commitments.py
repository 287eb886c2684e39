"""Codes, names, currencies, denial and bounds of a sentence."""

from __future__ import annotations

import pytest

from assistant.checking import commitments


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("HR-12", "form HR 12"),
        ("ERR-4042", "err-4042 appears"),
        ("v2.1", "Version V2.1."),
        ("hr@example.com", "write to HR@example.com."),
        ("ISO27001", "ISO 27001"),
    ],
)
def test_codes_are_found_however_they_are_joined(code: str, text: str) -> None:
    """Hyphen, space or nothing between the parts is one code."""
    assert commitments.codes(f"see {code}") == {code}
    assert commitments.missing_codes({code}, text) == frozenset()


@pytest.mark.parametrize(("code", "text"), [("HR-12", "HR-121"), ("A1", "BA1"), ("v2.1", "v2.10")])
def test_longer_codes_are_other_codes(code: str, text: str) -> None:
    """A code inside another one is not that code."""
    assert commitments.missing_codes({code}, text) == {code}


def test_names_are_capitalised_words_within_a_sentence() -> None:
    """The first word is capitalised anyhow, unless it cannot be but a name."""
    assert commitments.names("Leave in Rotterdam is longer until March.") == {"Rotterdam"}
    assert commitments.names("EduCorp and Green Fields grew.") == {"EduCorp", "Green", "Fields"}
    assert commitments.names("请在Workday中申请。") == {"Workday"}


@pytest.mark.parametrize(
    "text",
    [
        "It is not paid.",
        "You can't.",
        "No leave is due.",
        "Never share it.",
        "不能结转",
        "未经批准",
        "没有年假",
    ],
)
def test_denials_are_seen(text: str) -> None:
    """In both languages."""
    assert commitments.denials(text)


@pytest.mark.parametrize(
    "text",
    [
        "It is paid.", "No later than March.", "It is not only paid.", "See No. 5.", "不超过五天",
        "不同部门", "不仅如此", "未来", "无论如何", "not exceed 5 days", "是否可以",
    ],
)  # fmt: skip
def test_bounds_and_look_alikes_are_no_denials(text: str) -> None:
    """ "No more than" limits, it does not deny."""
    assert not commitments.denials(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("at least 5 days", "at most 5 days"),
        ("You must book", "You may book"),
        ("before March", "after March"),
        ("Leave is unpaid", "Leave is paid"),
        ("至少五天", "最多五天"),
        ("允许携带", "禁止携带"),
        ("包括早餐", "不包括早餐"),
        ("Sales increased", "Sales declined"),
    ],
)
def test_contraries_contradict_both_ways(one: str, other: str) -> None:
    """Each side is refuted by the other, and never by itself."""
    assert commitments.contradicts(one, other)
    assert commitments.contradicts(other, one)
    assert not commitments.contradicts(one, one)
    assert not commitments.contradicts(one, f"{one}, {other}")


def test_currencies_differ_only_if_both_are_named() -> None:
    """A column's header may name what a cell does not."""
    assert commitments.other_currency("50 euros", "$50")
    assert not commitments.other_currency("50 euros", "€50")
    assert not commitments.other_currency("50 euros", "50")
    assert commitments.other_currency("50美元", "50元")
