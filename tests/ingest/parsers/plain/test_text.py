from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.parsers.plain.headings import heading_level
from ingest.parsers.plain.text import parse
from ingest.types import BlockKind, ParsedDocument

Texts = Callable[..., list[str]]


def read(text: str, name: str = "notes.txt") -> ParsedDocument:
    return parse(text.encode(), name)


def test_hard_wrapped_paragraphs_become_lines(texts: Texts) -> None:
    """Lines that a width broke are one paragraph, with broken words mended."""
    document = read(
        "Every employee is entitled to twenty-five days of paid leave in each cal-\n"
        "endar year, and days that were not taken carry over until the end of the\n"
        "following March.\n\nAsk your manager.\n"
    )
    assert texts(document) == [
        "Every employee is entitled to twenty-five days of paid leave in each calendar year, and "
        "days that were not taken carry over until the end of the following March.",
        "Ask your manager.",
    ]


def test_lines_that_nobody_wrapped_stay_lines(texts: Texts) -> None:
    """An address is no prose."""
    assert texts(read("Footnote Ltd\nMain Street 5\n12345 Springfield\n")) == [
        "Footnote Ltd\nMain Street 5\n12345 Springfield"
    ]


def test_long_lines_are_paragraphs_each(texts: Texts) -> None:
    """A line of several hundred characters was written as a paragraph."""
    one, two = "First sentence of many words. " * 9, "Second paragraph of many words. " * 9
    assert texts(read(f"{one}\n{two}")) == [one.strip(), two.strip()]


def test_underlined_and_numbered_and_capital_lines_are_headings(texts: Texts) -> None:
    """Three ways of writing a heading in plain text, with their levels."""
    document = read(
        "Travel rules\n============\n\nText one.\n\nBooking\n-------\nText two.\n\n"
        "2.1 Trains\n\nText three is here.\n\nGENERAL TERMS\n\nText four.\n"
    )
    assert document.title == "Travel rules"
    assert texts(document, BlockKind.HEADING) == [
        "Travel rules",
        "Booking",
        "2.1 Trains",
        "GENERAL TERMS",
    ]
    three = next(b for b in document.blocks if document.text.startswith("Text three", b.start))
    assert three.headings == ("Travel rules", "Booking", "2.1 Trains")


def test_chinese_chapters_and_articles(texts: Texts) -> None:
    """第一章 heads, 一、 heads what follows it, and each article is a paragraph of its own."""
    document = read(
        "第一章 总则\n第一条 为了规范管理，制定本办法。\n第二条 本办法适用于全体员工。\n\n"
        "第二章 请假\n一、年假\n员工每年享有25天年假。\n（一）身份证\n（二）护照\n"
    )
    assert document.language == "zh"
    assert texts(document, BlockKind.HEADING) == ["第一章 总则", "第二章 请假", "一、年假"]
    assert texts(document, BlockKind.PARAGRAPH)[:2] == [
        "第一条 为了规范管理，制定本办法。",
        "第二条 本办法适用于全体员工。",
    ]
    assert texts(document, BlockKind.LIST) == ["（一）身份证", "（二）护照"]


def test_enumerated_items_are_a_list_not_headings(texts: Texts) -> None:
    """Short numbered lines below each other head nothing, with or without gaps."""
    for gap in ("\n", "\n\n"):
        document = read(gap.join(["Bring:", "1. Passport", "2. Contract", "3. Photo"]))
        assert texts(document, BlockKind.HEADING) == []
        assert texts(document, BlockKind.LIST) == ["1. Passport", "2. Contract", "3. Photo"]


def test_items_take_their_continuation_lines(texts: Texts) -> None:
    """An indented line below an item belongs to it."""
    document = read("- the first item goes\n  on here\n- the second\n")
    assert texts(document, BlockKind.LIST) == ["- the first item goes on here", "- the second"]


def test_indented_lines_are_code_and_marked_lines_are_quoted(texts: Texts) -> None:
    """Code keeps its line breaks and indentation."""
    document = read("Run this:\n\n    footnote sync \\\n        --force\n\n> said before\n")
    assert texts(document, BlockKind.CODE) == ["    footnote sync \\\n        --force"]
    assert texts(document, BlockKind.QUOTE) == ["said before"]


def test_logs_come_in_blocks_of_lines() -> None:
    """A file of a thousand lines without a gap is not one block, and no line is cut."""
    lines = [f"2024-01-31 12:00:{n % 60:02d} INFO request {n} took {n * 7} ms" for n in range(1000)]
    document = read("\n".join(lines), "server.log")
    assert len(document.blocks) > 20
    assert document.text.split() == " ".join(lines).split()
    assert all(block.end - block.start <= 2000 for block in document.blocks)


def test_title_is_the_first_heading_or_the_name() -> None:
    """A file that begins with text is called as it is stored."""
    assert read("STAFF RULES\n\nText.").title == "STAFF RULES"
    assert read("Some text.", "hr/leave rules.txt").title == "leave rules"


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("第三编 合同", 1),
        ("第十二章 附则", 2),
        ("第二节 工资", 3),
        ("二、适用范围", 4),
        ("（三）加班", 5),
        ("附则", 2),
        ("Part II The company", 1),
        ("Chapter 3: Leave", 2),
        ("Appendix B", 2),
        ("Section 4", 3),
        ("1. Scope", 2),
        ("3.2.1 Night shifts", 4),
        ("GENERAL TERMS", 2),
        ("第三章的规定不适用于试用期员工，但另有约定的除外。", None),
        ("part of the plan", None),
        ("1. buy milk and bread", None),
        ("5 people came.", None),
        ("NASA", 2),
        ("An ordinary line", None),
        ("", None),
        ("X" * 100, None),
    ],
)
def test_headings_are_known_by_their_words(line: str, level: int | None) -> None:
    """Numbered, named and capital lines have a level; sentences have none."""
    assert heading_level(line) == level


@given(
    st.lists(
        st.sampled_from(
            ["word", "第一章 甲", "- item", "", "----", "    code", "> q", "1. A", "END"]
        )
    )
)
def test_every_line_is_in_the_text_once(
    is_sound: Callable[[ParsedDocument], bool], lines: list[str]
) -> None:
    """Only underlines and quotation marks go; nothing is lost, doubled or out of order."""
    document = read("\n".join(lines))
    assert is_sound(document)

    def solid(text: str) -> str:
        return "".join(text.replace("-", "").replace(">", "").split())

    assert solid(document.text) == solid("".join(lines))
