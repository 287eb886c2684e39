from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from ingest.parsers.canonical.assemble import Assembler
from ingest.parsers.canonical.table import (
    add_table,
    header_row,
    is_label,
    row_line,
    split_at_new_headers,
)
from ingest.types import ParsedDocument

CELLS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=12)


def made(rows: list[list[str]], headers: int | None = None) -> ParsedDocument:
    out = Assembler()
    add_table(out, list(enumerate(rows, start=1)), headers=headers)
    return out.document("table")


def test_empty_cells_keep_their_place_between_others() -> None:
    """A gap in a row stays visible, an empty end does not."""
    assert row_line(["a", "", "", "d", ""]) == "a | | | d"
    assert row_line(["", "b"]) == "| b"
    assert row_line(["two\nlines", "c"]) == "two lines | c"


def test_header_is_the_first_row_of_labels() -> None:
    """A title above the table is passed over, values below it are not taken for labels."""
    rows = [["Leave 2026", "", ""], ["Name", "Days", "Until"], ["Ann", "25", "2026-03-31"]]
    assert header_row(list(enumerate(rows, start=1))) == 1


def test_a_first_row_of_values_is_no_header() -> None:
    """Where the first full row holds numbers, the table has no header."""
    assert header_row([(1, ["Ann", "25", "3.5"]), (2, ["Bo", "20", "2"])]) is None


def test_years_may_head_columns() -> None:
    """Years above columns count neither for nor against a header."""
    assert header_row([(1, ["Revenue", "2024", "2025"]), (2, ["North", "1.5", "2.5"])]) == 0


def test_rows_below_the_header_carry_it() -> None:
    """The header row itself has no header; each row below has it as one line."""
    document = made([["Name", "Days"], ["Ann", "25"], ["Bo", "20"]])
    assert [block.table_header for block in document.blocks] == [None, "Name | Days", "Name | Days"]
    assert [block.row for block in document.blocks] == [1, 2, 3]
    assert document.text == "Name | Days\nAnn | 25\nBo | 20"


def test_two_header_rows_become_one_line() -> None:
    """Stacked header rows are joined column by column."""
    document = made([["Leave", "", "Pay"], ["Days", "Carried", "EUR"], ["25", "5", "9"]], headers=2)
    assert document.blocks[2].table_header == "Leave Days | Carried | Pay EUR"


def test_empty_columns_and_rows_are_dropped() -> None:
    """A column that is empty in every row leaves no trace, nor does an empty row."""
    document = made([["Name", "", "Days"], ["", "", ""], ["Ann", "", "25"]])
    assert document.text == "Name | Days\nAnn | 25"
    assert [block.row for block in document.blocks] == [1, 3]


def test_a_second_table_in_a_sheet_has_its_own_header() -> None:
    """After an empty row, labels above values start another table."""
    rows = [
        (1, ["Name", "Days"]),
        (2, ["Ann", "25"]),
        (4, ["City", "Rent"]),
        (5, ["Oslo", "900"]),
        (7, ["Rome", "800"]),
    ]
    assert [[number for number, _ in table] for table in split_at_new_headers(rows)] == [
        [1, 2],
        [4, 5, 7],
    ]


def test_values_and_labels() -> None:
    """Numbers with units, dates and amounts are values; words that hold a digit are labels."""
    values = ["25", "25.5%", "$1,200.00", "2024-01-05", "3 kg", "10 天", "12:30", "-5"]
    labels = ["Name", "Q1", "1. Leave", "第3条", "Step 2", "FY24 plan"]
    assert not any(map(is_label, values))
    assert all(map(is_label, labels))


@given(st.lists(st.lists(CELLS, max_size=6), max_size=12))
def test_every_cell_is_found_in_the_text(
    is_sound: Callable[[ParsedDocument], bool], rows: list[list[str]]
) -> None:
    """Whatever the table, no cell is lost and blocks are sound."""
    document = made([[cell.strip() for cell in row] for row in rows])
    assert is_sound(document)
    for row in rows:
        assert all(" ".join(cell.split()) in document.text for cell in row)
