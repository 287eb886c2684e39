import io
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from ingest.parsers.sheets.number_format import show_moment, show_number
from ingest.parsers.sheets.xlsx import parse
from ingest.types import BlockKind, ParsedDocument


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(*rows: list[Any]) -> ParsedDocument:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    return parse(saved(book), "book.xlsx")


def test_sheets_are_headings_and_rows_know_where_they_are() -> None:
    """Every row has its sheet, its number and the header above it."""
    book = Workbook()
    book.active.title = "Leave"
    book.active.append(["Name", "Days"])
    book.active.append(["Ann", 25])
    pay = book.create_sheet("Pay")
    pay["B3"], pay["C3"], pay["B4"], pay["C4"] = "City", "Rate", "Oslo", 90.5
    document = parse(saved(book), "book.xlsx")
    assert document.text == "Leave\n\nName | Days\nAnn | 25\n\nPay\n\nCity | Rate\nOslo | 90.5"
    row = document.blocks[-1]
    assert (row.sheet, row.row, row.table_header, row.headings) == (
        "Pay",
        4,
        "City | Rate",
        ("Pay",),
    )
    assert document.title == "book"


def test_title_above_the_table_is_no_header() -> None:
    """A line above the header is a row like any other."""
    document = read(["Leave 2026"], [], ["Name", "Days"], ["Ann", 25])
    rows = [block for block in document.blocks if block.kind is BlockKind.ROW]
    assert [(row.row, row.table_header) for row in rows] == [
        (1, None),
        (3, None),
        (4, "Name | Days"),
    ]


def test_hidden_sheets_are_skipped_and_named() -> None:
    """What nobody sees is not read, but the metadata says that it is there."""
    book = Workbook()
    book.active.append(["shown", "too"])
    secret = book.create_sheet("Secret")
    secret.append(["Say", "yes"])
    secret.sheet_state = "veryHidden"
    document = parse(saved(book), "book.xlsx")
    assert "Say" not in document.text
    assert document.metadata["hidden_sheets"] == "Secret"


def test_merged_cells_stand_once() -> None:
    """A merged cell's value is in its first place alone."""
    book = Workbook()
    for row in (["Name", "Days", "Note"], ["Ann", 25, "x"], ["In working days", None, None]):
        book.active.append(row)
    book.active.merge_cells("A3:C3")
    assert parse(saved(book), "b.xlsx").text.endswith("Ann | 25 | x\nIn working days")


def test_values_and_not_formulas_are_read() -> None:
    """A formula that was never calculated shows nothing, as in the file."""
    assert "=SUM" not in read(["Name", "Days"], ["Ann", 25], ["Sum", "=SUM(B2:B2)"]).text


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (25.0, "General", "25"),
        (0.1 + 0.2, "General", "0.3"),
        (1234567, "General", "1234567"),
        (0.256, "0.0%", "25.6%"),
        (0.25, "0%", "25%"),
        (1234.5, "#,##0.00", "1,234.50"),
        (1234.5, '"$"#,##0.00', "$1,234.50"),
        (-1234.5, '#,##0.00\\ "€"', "-1,234.50 €"),
        (1234, "_($* #,##0_);_($* \\(#,##0\\)", "$1,234"),
        (7, "00000", "00007"),
        (5, '0 "days"', "5 days"),
        (1e6, "0.0,", "1000000"),
        (12345, "0.00E+00", "12345"),
        (-0.001, "0.00", "0.00"),
        (2.5, "0.##", "2.5"),
        (float("inf"), "0.0", "inf"),
    ],
)
def test_numbers_are_shown_as_people_see_them(value: float, number_format: str, shown: str) -> None:
    """Decimals, thousands, percent and currency come from the format and nowhere else."""
    assert show_number(value, number_format) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (datetime(2026, 3, 1), "2026-03-01"),
        (datetime(2026, 3, 1, 9, 30), "2026-03-01 09:30"),
        (datetime(2026, 3, 1, 9, 29, 59, 999_999), "2026-03-01 09:30"),
        (date(2026, 3, 1), "2026-03-01"),
        (time(9, 30, 5), "09:30:05"),
        (timedelta(hours=30, minutes=5), "30:05"),
    ],
)
def test_moments_are_iso(value: datetime | date | time | timedelta, shown: str) -> None:
    """Dates are ISO, with a time only where there is one."""
    assert show_moment(value) == shown


def test_dates_and_truth_in_a_sheet() -> None:
    """Cells of a real file come out the same way."""
    document = read(["Name", "Since", "Active"], ["Ann", date(2026, 3, 1), True])
    assert document.text.endswith("Ann | 2026-03-01 | TRUE")


def test_properties_are_metadata() -> None:
    """Title and author come from the workbook."""
    book = Workbook()
    book.properties.title = "Rates"
    book.properties.creator = "Ann"
    book.active.append(["a", "b"])
    document = parse(saved(book), "book.xlsx")
    assert document.title == "Rates"
    assert document.metadata["author"] == "Ann"


@pytest.mark.parametrize(
    ("path", "include"),
    [
        (
            "parser-public/files/markitdown/test.xlsx",
            [
                "Alpha | Beta | Gamma | Delta",
                "09060124-b5e7-4717-9d07-3c046eb",
                "6ff4173b-42a5-4784-9b19-f49caff4d93d",
                "affc7dad-52dc-4b98-9b5d-51e65d8a8ad0",
            ],
        ),
        (
            "hb-18f/files/downloads/TEMPLATE_Risk_tracker.xlsx",
            ["Title | Description | Impact | Likelihood | Status"],
        ),
    ],
)
def test_real_workbooks(
    public_file: Callable[[str], bytes],
    is_sound: Callable[[ParsedDocument], bool],
    path: str,
    include: list[str],
) -> None:
    """Published workbooks keep their cells."""
    document = parse(public_file(path), path)
    assert is_sound(document)
    assert [words for words in include if words not in document.text] == []


CELLS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["C"]), max_size=10)
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.lists(CELLS, max_size=5), max_size=8))
def test_any_sheet_is_sound(
    is_sound: Callable[[ParsedDocument], bool], rows: list[list[Any]]
) -> None:
    """Whatever the cells hold, blocks are in order, apart and inside the text."""
    document = read(*rows)
    assert is_sound(document)
    assert all(block.sheet for block in document.blocks if block.kind is BlockKind.ROW)
