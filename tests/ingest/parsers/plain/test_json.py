import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import ParseError, ParseLimit
from ingest.parsers.plain.json import parse
from ingest.types import BlockKind, ParsedDocument

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=20,
)


def dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_object_with_title_and_content_is_a_document(texts: Callable[..., list[str]]) -> None:
    """Title and paragraphs as an author wrote them; the other fields follow as lines."""
    document = parse(
        dumped(
            {
                "title": "Travel policy",
                "content": "Book early.\n\nKeep receipts.",
                "author": "Ann",
                "team": {"name": "Finance"},
            }
        ),
        "x.json",
    )
    assert document.title == "Travel policy"
    assert document.metadata["author"] == "Ann"
    assert texts(document) == ["Book early.", "Keep receipts.", "author: Ann\nteam.name: Finance"]


def test_list_of_objects_has_a_block_each_below_its_name(texts: Callable[..., list[str]]) -> None:
    """Each item stands under its own name, nested values by their path."""
    document = parse(
        dumped(
            [{"name": "Ann", "office": {"city": "Oslo", "floor": 3}}, {"name": "Bo", "on": True}]
        ),
        "people.json",
    )
    assert texts(document, BlockKind.HEADING) == ["Ann", "Bo"]
    assert texts(document, BlockKind.PARAGRAPH) == [
        "office.city: Oslo\noffice.floor: 3",
        "on: true",
    ]


def test_object_of_lists_is_grouped_by_its_keys() -> None:
    """Top-level keys are headings of what they hold."""
    document = parse(dumped({"version": 2, "people": [{"name": "Ann", "days": 25}]}), "x.json")
    assert document.text == "version: 2\n\npeople\n\nAnn\n\ndays: 25"
    assert document.blocks[-1].headings == ("people", "Ann")


def test_numbers_stay_as_they_are_written() -> None:
    """No digit of a long or odd number is changed."""
    data = b'{"a": 1.10, "b": 12345678901234567890123456789, "c": 1e400}'
    assert parse(data, "x.json").text == "a: 1.10\nb: 12345678901234567890123456789\nc: 1e400"


def test_records_of_json_lines_are_rows() -> None:
    """Each line is a row with the line's number."""
    document = parse(b'{"q": "a", "n": 1}\n\n{"q": "b", "tags": ["x", "y"]}\n', "x.jsonl")
    assert document.text == "q: a | n: 1\nq: b | tags: x, y"
    assert [block.row for block in document.blocks] == [1, 3]


def test_broken_line_is_skipped_and_counted() -> None:
    """One bad line does not cost the others."""
    document = parse(b'{"a": 1}\n{"a": \n{"a": 3}\n', "x.jsonl")
    assert document.text == "a: 1\na: 3"
    assert document.metadata["skipped_lines"] == "1"


def test_file_of_broken_lines_is_refused() -> None:
    """Where no line can be read, the first error is the reason."""
    with pytest.raises(ParseError, match=r"none of the file's lines.*line 1"):
        parse(b"hello\nworld\n", "x.jsonl")


def test_json_lines_under_the_name_json_are_read() -> None:
    """Many exports of records end in .json."""
    assert parse(b'{"a": 1}\n{"a": 2}\n', "x.json").text == "a: 1\na: 2"


def test_broken_json_says_where() -> None:
    """The place of the mistake is in the reason."""
    with pytest.raises(ParseError, match="line 1 column"):
        parse(b'{"a": ', "x.json")


def test_bottomless_nesting_is_refused() -> None:
    """Nesting that would exhaust the stack is a limit, not a crash."""
    with pytest.raises(ParseLimit, match="nested too deeply"):
        parse(b"[" * 200_000 + b"]" * 200_000, "x.json")


def test_deep_nesting_is_flattened() -> None:
    """Nesting as deep as the reader goes comes out as one path."""
    data = b'{"a":' * 400 + b'"deep"' + b"}" * 400
    assert parse(data, "x.json").text.endswith(".a: deep")


@given(VALUES)
def test_any_value_gives_a_sound_document(
    is_sound: Callable[[ParsedDocument], bool], value: Any
) -> None:
    """Whatever the JSON, blocks are in order, apart and inside the text."""
    assert is_sound(parse(dumped(value), "x.json"))
    assert is_sound(parse(dumped(value), "x.jsonl"))
