import csv
import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.parsers.sheets.csv import parse
from ingest.types import BlockKind, ParsedDocument

PEOPLE = [["Name", "Office", "Days"], ["Ann", "Oslo, north", "25"], ["Bo", "Rome", "20"]]


def written(rows: list[list[str]], delimiter: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_separator_and_encoding_are_found(delimiter: str, encoding: str) -> None:
    """The same table comes out whatever separates its cells and however it is encoded."""
    document = parse(written(PEOPLE, delimiter).encode(encoding), "people.csv")
    assert document.text == "Name | Office | Days\nAnn | Oslo, north | 25\nBo | Rome | 20"
    assert document.blocks[1].table_header == "Name | Office | Days"
    assert [block.row for block in document.blocks] == [1, 2, 3]
    assert document.title == "people"


def test_file_says_its_separator() -> None:
    """Excel's first line "sep=;" is obeyed and is no row."""
    assert parse(b"sep=;\na,b;c\n1,5;2\n", "x.csv").text == "a,b | c\n1,5 | 2"


def test_ragged_rows_are_kept() -> None:
    """Rows may be longer or shorter than the header."""
    document = parse(b"a,b\n1\n1,2,3\n", "x.csv")
    assert document.text == "a | b\n1\n1 | 2 | 3"


def test_quotation_mark_that_never_closes_loses_no_rows() -> None:
    """One stray mark does not swallow the rest of the file."""
    lines = ["name,size", '"broken,1', *(f"row {number},{number}" for number in range(500))]
    document = parse("\n".join(lines).encode(), "x.csv")
    assert len(document.blocks) == 502


def test_long_cells_are_no_error() -> None:
    """A cell beyond the csv module's usual limit is read."""
    document = parse(b"a,b\n" + b"x" * 200_000 + b",1\n", "x.csv")
    assert len(document.blocks[1:]) == 1


def test_shift_jis_file_is_read(
    public_file: Callable[[str], bytes], texts: Callable[..., list[str]]
) -> None:
    """A real file in a Japanese encoding comes out in Japanese."""
    data = public_file("parser-public/files/markitdown/test_mskanji.csv")
    lines = texts(parse(data, "test_mskanji.csv"), BlockKind.ROW)
    assert lines[0] == "名前 | 年齢 | 住所"
    assert lines[1].startswith("佐藤太郎 | 30")


@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["C"]), max_size=8), min_size=1, max_size=5
        ),
        max_size=10,
    )
)
def test_any_table_gives_a_sound_document(
    is_sound: Callable[[ParsedDocument], bool], rows: list[list[str]]
) -> None:
    """Whatever the cells hold, blocks are in order, apart and inside the text."""
    assert is_sound(parse(written(rows, ",").encode(), "x.csv"))
