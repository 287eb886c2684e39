"""Tables of a Word document as rows of cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from ingest.parsers.canonical.table import Row, cell_text
from ingest.parsers.word.elements import children
from ingest.parsers.word.styles import integer, is_on, value

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_SPAN_LIMIT = 200


def shown_rows(table: Element, w: str) -> Iterator[Element]:
    """Its rows, without deleted and hidden ones."""
    for row in children(table, "tr", w):
        properties = row.find(f"{w}trPr")
        gone = properties is not None and properties.find(f"{w}del") is not None
        if not gone and not is_on(properties, f"{w}hidden", w):
            yield row


def cells_of(row: Element, w: str) -> Iterator[Element]:
    """The cells that a row has, merged ones once."""
    return children(row, "tc", w)


def header_count(rows: Sequence[Element], w: str) -> int:
    """How many of the rows are marked as heads; not all are."""
    count = 0
    while count < len(rows) - 1 and is_on(rows[count].find(f"{w}trPr"), f"{w}tblHeader", w):
        count += 1
    return count


def rows_of(table: Element, w: str, lines_of: Callable[[Element], list[str]]) -> list[Row]:
    """Cells by column: merged cells stand once, in their first place.

    `lines_of` gives the text of a cell.
    """
    rows: list[Row] = []
    for number, row in enumerate(shown_rows(table, w), start=1):
        before = integer(value(row.find(f"{w}trPr/{w}gridBefore"), w), 0)
        cells = [""] * min(before, _SPAN_LIMIT)
        for cell in cells_of(row, w):
            properties = cell.find(f"{w}tcPr")
            merged = properties.find(f"{w}vMerge") if properties is not None else None
            goes_on = merged is not None and value(merged, w) != "restart"
            cells.append("" if goes_on else cell_text(lines_of(cell)))
            span = integer(value(cell.find(f"{w}tcPr/{w}gridSpan"), w), 1)
            cells.extend([""] * (min(span, _SPAN_LIMIT) - 1))
        rows.append((number, cells))
    return rows
