"""Footnote marks of a language model's reply, read from a stream."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.compose.marks import MarkedReply

PIECES = st.sampled_from(
    [
        *"[]【】［］()（） \n.。,1239^†-",
        "[1]",
        "[2, 3]",
        "【1†source】",
        "[1-3]",
        "[9]",
        " (2).",
        "（1）。",
        "[see annex]",
        "[Passage 2]",
        "Leave is 25 days",
        "年假为25天",
        "NOT_FOUND",
        "\nNOT_",
        "FOUND",
        "NOT",
        "**",
        "- item",
        "[1",
        ", 2",
    ]
)
REPLIES = st.lists(PIECES, max_size=25)


def read(pieces: list[str], count: int = 3) -> tuple[MarkedReply, str]:
    """A finished reply, and all that was streamed."""
    reply = MarkedReply(count)
    shown = [reply.feed(piece) for piece in pieces]
    return reply, "".join([*shown, reply.finish()])


@given(REPLIES, st.data())
def test_pieces_make_no_difference(pieces: list[str], data: st.DataObject) -> None:
    """However a reply is cut, text, marks, note and what is shown are those of the whole."""
    whole = "".join(pieces)
    cuts = data.draw(st.lists(st.integers(0, len(whole)), max_size=8).map(sorted))
    cut = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    one, one_shown = read([whole])
    for other, other_shown in (read(cut), read(list(whole)), read(pieces)):
        assert (other.text, other.marks, other.missing) == (one.text, one.marks, one.missing)
        assert other_shown == one_shown


@given(REPLIES)
def test_shown_marks_are_valid_and_numbered_by_first_use(pieces: list[str]) -> None:
    """Nobody ever sees a number that was not given out, nor the sentinel at a line's start."""
    reply, shown = read(pieces)
    numbers = [index for _, indexes in reply.marks for index in indexes]
    assert all(0 <= index < 3 for index in numbers)
    assert all(0 <= offset <= len(reply.text) for offset, _ in reply.marks)
    order: list[int] = []
    for index in numbers:
        order.extend([index] if index not in order else [])
    seen = [int(number) for number in re.findall(r"\[(\d{1,3})\]", shown)]
    assert [n for at, n in enumerate(seen) if n not in seen[:at]] == list(range(1, len(order) + 1))
    assert not re.search(r"^NOT_FOUND", shown, re.MULTILINE)


@pytest.mark.parametrize(
    "written",
    [
        "[2]",
        "【2】",
        "［2］",
        "[^2]",
        "[ 2 ]",
        "[Passage 2]",
        "[source: 2]",
        "【2†source】",
        "[来源2]",
        "[2: p. 4]",
    ],
)
def test_forms_of_one_mark_mean_the_same(written: str) -> None:
    """Each is shown as [1], the first passage used, and stands behind the sentence's words."""
    reply, shown = read([f"It is so {written}. Next"])
    assert shown == "It is so [1]. Next"
    assert reply.text == "It is so. Next"
    assert reply.marks == [(8, (1,))]


@pytest.mark.parametrize(
    ("written", "indexes"),
    [
        ("[1, 3]", (0, 2)),
        ("[1，3]", (0, 2)),
        ("[1;3]", (0, 2)),
        ("[1 and 3]", (0, 2)),
        ("[1、3]", (0, 2)),
        ("[1-3]", (0, 1, 2)),
        ("[1–3]", (0, 1, 2)),
        ("[^1, ^2]", (0, 1)),
        ("[1, 9]", (0,)),
        ("[3,3]", (2,)),
    ],
)
def test_several_numbers_in_one_mark(written: str, indexes: tuple[int, ...]) -> None:
    """Lists and ranges are taken apart; invented numbers among them are dropped."""
    reply, _ = read([f"So {written}."])
    assert reply.marks == [(2, indexes)]


@pytest.mark.parametrize("written", ["[7]", "[0]", "【8】", "[4, 9]", "[^12]"])
def test_invented_numbers_vanish_with_their_space(written: str) -> None:
    """A footnote that leads nowhere is worse than none."""
    reply, shown = read([f"Leave is 25 days {written} a year {written}."])
    assert shown == reply.text == "Leave is 25 days a year."
    assert reply.marks == []


@pytest.mark.parametrize(
    "text",
    [
        "See [annex A] for more.",
        "In [2026] it rose.",
        "Item (1) is first.",
        "(see above)",
        "a [b",
        "x[i] = y",
    ],
)
def test_other_brackets_are_text(text: str) -> None:
    """Only what looks like a mark is one."""
    assert read([text])[1] == text


def test_round_brackets_are_marks_only_where_no_others_are_used() -> None:
    """Some models write (1); but in "clause (2)." after square marks it is text."""
    assert read(["Leave is 25 days (2). Next (1)."])[1] == "Leave is 25 days [1]. Next [2]."
    assert read(["Leave [1] is in clause (2)."])[1] == "Leave [1] is in clause (2)."


def test_open_bracket_is_held_back() -> None:
    """What may become a mark is not shown before it is decided."""
    reply = MarkedReply(3)
    pieces = ("Leave is 25", " days", " [", "9", "]", " [2", "] now")
    shown = [reply.feed(piece) for piece in pieces]
    assert shown == ["Leave is 25", " days", "", "", "", "", " [1] now"]


def test_chinese_marks_stand_without_a_space() -> None:
    """As Chinese is set."""
    reply, shown = read(["年假为25天 【1】。可以结转【2】。"])
    assert shown == "年假为25天[1]。可以结转[2]。"
    assert reply.text == "年假为25天。可以结转。"


def test_words_around_a_mark_stay_apart() -> None:
    """Taking a mark out never glues two words together."""
    assert read(["days[1]and more"])[0].text == "days and more"


@pytest.mark.parametrize(
    ("written", "missing"),
    [
        ("NOT_FOUND", ""),
        ("**NOT_FOUND**", ""),
        ("  NOT_FOUND: the year 2025 [1].", "the year 2025"),
        ("NOT_FOUND\n没有2025年的数据。", "没有2025年的数据。"),
    ],
)
def test_sentinel_is_not_shown(written: str, missing: str) -> None:
    """ "Not found" is a status, its reason a note; neither is text."""
    reply, shown = read(list(written))
    assert (reply.text, shown, reply.missing) == ("", "", missing)


def test_sentinel_after_an_answer_tells_what_is_missing() -> None:
    """A part may be answered."""
    reply, shown = read(["It is 25 days [1].\nNOT_FOUND: nothing about 2025."])
    assert shown == "It is 25 days [1]."
    assert reply.missing == "nothing about 2025"


def test_word_in_the_middle_of_a_line_is_not_the_sentinel() -> None:
    """Documents speak of error codes."""
    reply, shown = read(["The code is NOT_FOUND or NO."])
    assert shown == "The code is NOT_FOUND or NO."
    assert reply.missing is None
