"""The text of an answer as blocks, footnote marks and the places of its statements."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

BLOCKS = """async ([text, known, rich]) => {
  const { blocks } = await import("/web/ask/answer/markup.js");
  return blocks(text, known === null ? null : new Set(known), rich);
}"""
LOCATE = """async ([statements, text]) => {
  const { locate } = await import("/web/ask/answer/markup.js");
  return locate(statements.map((text) => ({ text })), text).map(
    (range) => range && text.slice(...range),
  );
}"""


def blocks(
    modules: Page, text: str, known: list[int] | None = None, rich: bool = True
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = modules.evaluate(BLOCKS, [text, known, rich])
    return found


def shape(tokens: list[dict[str, Any]]) -> list[Any]:
    """Tokens without their places: texts as strings, marks as lists of numbers."""
    return [token["numbers"] if token["kind"] == "mark" else token["text"] for token in tokens]


def test_marks_hug_the_word_before_them(modules: Page) -> None:
    """The space before a mark goes, what follows stays."""
    [paragraph] = blocks(modules, "25 days [1] and more [2, 3].", [1, 2, 3])
    assert shape(paragraph["lines"][0]) == ["25 days", [1], " and more", [2, 3], "."]


def test_brackets_that_are_no_footnote_stay_text(modules: Page) -> None:
    """A number in brackets that the answer does not cite is part of the text."""
    [paragraph] = blocks(modules, "see row[7] and [2024], but [1]", [1])
    assert shape(paragraph["lines"][0]) == ["see row[7] and [2024], but", [1]]


def test_markdown_becomes_blocks(modules: Page) -> None:
    """Paragraphs, headings, both kinds of list, tables and code are told apart."""
    text = (
        "# Top\nA **b** `c`\nd\n\n- one\n  more\n- two\n\n3. three\n4. four\n\n| x | y |\n|--|--|"
    )
    text += "\n| 1 | 2 |\n\n```\n# code\n```"
    found = blocks(modules, text)
    kinds = [block["kind"] for block in found]
    assert kinds == ["heading", "paragraph", "list", "list", "table", "code"]
    heading, paragraph, bullets, numbers, table, code = found
    assert shape(heading["lines"][0]) == ["Top"]
    assert [token["kind"] for token in paragraph["lines"][0]] == ["text", "strong", "text", "code"]
    assert [[shape(line) for line in item] for item in bullets["items"]] == [
        [["one"], ["  more"]],
        [["two"]],
    ]
    assert (bullets["start"], numbers["start"]) == (None, 3)
    assert [[shape(cell) for cell in row] for row in table["rows"]] == [
        [[" x "], [" y "]],
        [[" 1 "], [" 2 "]],
    ]
    assert code["text"] == "# code\n"


def test_extracts_keep_their_signs(modules: Page) -> None:
    """Text taken from documents is not read as Markdown, apart from its footnotes."""
    [paragraph] = blocks(modules, "a ** b ** and `c` [1]", [1], rich=False)
    assert shape(paragraph["lines"][0]) == ["a ** b ** and `c`", [1]]


def test_links_keep_their_words_and_lose_their_address(modules: Page) -> None:
    """Nothing in an answer can load from elsewhere."""
    [paragraph] = blocks(modules, "See [the page](https://example.org/x) now.")
    assert "".join(shape(paragraph["lines"][0])) == "See the page now."


@given(text=st.text(st.sampled_from("ab *`#|-[]1,(). \n中🎉"), max_size=60))
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_token_stands_where_it_says(modules: Page, text: str) -> None:
    """Whatever the text, each token's words are found in it at the token's place."""
    units = text.encode("utf-16-le")
    for block in blocks(modules, text):
        rows = block.get("lines") or [line for item in block.get("items", []) for line in item]
        rows = rows or [cell for row in block.get("rows", []) for cell in row]
        for token in (token for row in rows for token in row if token["kind"] != "mark"):
            words = token["text"].encode("utf-16-le")
            assert units[2 * token["at"] :].startswith(words)


@pytest.mark.parametrize(
    ("statements", "text", "places"),
    [
        (["A is b.", "C is d."], "A is b. C is d.", ["A is b.", "C is d."]),
        (["A is b."], "A **is** b [1].", ["A **is** b [1]."]),
        (["A is b"], "A is b [1] and c [2].", ["A is b"]),
        (["Same.", "Same."], "Same. Same.", ["Same.", "Same."]),
        (["年假为25天。"], "年假为 25 天 [1]。另有…", ["年假为 25 天 [1]。"]),
        (["Not there"], "Something else", [None]),
        (["second", "first"], "first second", ["second", "first"]),
    ],
)
def test_statements_are_found_in_the_answer(
    modules: Page, statements: list[str], text: str, places: list[str | None]
) -> None:
    """Marks, white space and Markdown signs do not hide a statement; order is respected."""
    assert modules.evaluate(LOCATE, [statements, text]) == places
