"""Sentences of English and Chinese text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.text.sentences import split_sentences

PIECES = st.sampled_from(
    [*"aB1 .!?。！？；…“”（）()[]|\n\t#-,，年假", "Dr.", "e.g.", "U.S.", "No. ", "\n\n", "- "]
)


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@given(st.one_of(st.text(), st.lists(PIECES, max_size=60).map("".join)))
def test_spans_are_ordered_trimmed_and_hold_everything_but_white_space(text: str) -> None:
    """Whatever the text, its sentences are disjoint, trimmed and lose nothing."""
    spans = split_sentences(text)
    at = 0
    for start, end in spans:
        assert at <= start < end <= len(text)
        assert text[at:start].strip() == ""
        assert text[start:end] == text[start:end].strip()
        at = end
    assert text[at:].strip() == ""


@pytest.mark.parametrize(
    "text",
    [
        "Ask Dr. Smith, e.g. by phone, i.e. today.",
        "See No. 5 and Sec. 3.2 of the handbook.",
        "The rate is 3.5 percent of 1.000,50 euros.",
        "Open hr.example.com/leave.html or leave.pdf first.",
        "J. R. Smith signs for Acme Inc. every year.",
        "It starts at 9 a.m. and ends at 5 p.m. on Fridays.",
        "Version v2.5.1 came on Jan. 12 after all.",
        '"Why?" he asked.',
        "1. Introduction to leave",
        "Leave ................................ 12",
        "根据《劳动法？》规定，员工可以休假。",
        "材料如下（身份证；学历证书；照片）。",
        "年假为2.5天，见leave.pdf，谢谢。",
    ],
)
def test_one_sentence_stays_one(text: str) -> None:
    """Stops inside numbers, names, abbreviations, addresses and brackets close nothing."""
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Leave is 25 days. It ends in March! Why?",
            ["Leave is 25 days.", "It ends in March!", "Why?"],
        ),
        ("In the U.S. The rule holds.", ["In the U.S.", "The rule holds."]),
        ("No. That is wrong.", ["No.", "That is wrong."]),
        ('He said "yes." Then he left.', ['He said "yes."', "Then he left."]),
        ("It is so.[1] And so. [2]", ["It is so.[1]", "And so.", "[2]"]),
        ("年假为25天。可以结转吗？可以！", ["年假为25天。", "可以结转吗？", "可以！"]),
        ("“可以。”他说。", ["“可以。”", "他说。"]),
        ("试用期六个月；转正后八天。", ["试用期六个月；", "转正后八天。"]),
        ("可以吗?可以。 OK.", ["可以吗?", "可以。", "OK."]),
        ("等等……然后再说。", ["等等……", "然后再说。"]),
    ],
)
def test_sentences_close_where_people_close_them(text: str, expected: list[str]) -> None:
    """Closing punctuation of both languages, with quotes and footnote marks behind it."""
    assert sentences(text) == expected


def test_list_items_and_table_rows_are_sentences_of_their_own() -> None:
    """Lines that mean something by themselves are never joined."""
    text = "Benefits\n\n- lunch\n- a bicycle\n1. first\n2) second\nA | B\n1 | 2\nName\tRoom\nAda\t7"
    assert sentences(text) == text.replace("\n\n", "\n").split("\n")


def test_wrapped_prose_is_joined() -> None:
    """A line break of layout does not cut a sentence in two."""
    text = "This line of prose is wrapped since it was too long for\nthe page. Next one."
    assert sentences(text) == [text[:-10], "Next one."]


def test_an_empty_text_has_no_sentences() -> None:
    """White space is nobody's sentence."""
    assert split_sentences(" \n\t") == []


@pytest.mark.parametrize(
    "text", ["." * 200_000 + "x", " " * 200_000, "（" + "a；" * 100_000, "\n" * 9**5]
)
def test_odd_long_texts_do_not_take_quadratic_time(text: str) -> None:
    """Runs of dots, blanks, semicolons and breaks end well inside the suite's time limit."""
    assert len(split_sentences(text)) <= 200_001
