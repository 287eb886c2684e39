"""Tables of a web page as rows of cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lxml.html import HtmlElement

from ingest.parsers.canonical.table import Row, cell_text

_SPAN_LIMIT = 200


def own_rows(table: HtmlElement) -> list[HtmlElement]:
    """The rows of a table, and not those of tables inside it."""
    return [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]


def is_layout(table: HtmlElement, rows: Sequence[HtmlElement]) -> bool:
    """Whether a table only arranges what is in it."""
    widths = [sum(1 for cell in row if cell.tag in ("td", "th")) for row in rows]
    nested = table.find(".//table") is not None
    layout = table.get("role") in ("presentation", "none") or nested
    return layout or len(rows) < 2 or max(widths, default=0) < 2


def rows_of(rows: Sequence[HtmlElement], lines_of: Callable[[HtmlElement], list[str]]) -> list[Row]:
    """Cells by column; a cell that spans several stands in the first, the others are empty.

    `lines_of` gives the text of a cell.
    """
    numbered: list[Row] = []
    hanging: dict[int, int] = {}
    for number, row in enumerate(rows, start=1):
        cells: list[str] = []
        started: dict[int, int] = {}
        for cell in row:
            if cell.tag not in ("td", "th"):
                continue
            while hanging.get(len(cells), 0):
                cells.append("")
            down = min(integer(cell.get("rowspan"), 1), len(rows)) - 1
            for offset in range(max(1, min(integer(cell.get("colspan"), 1), _SPAN_LIMIT))):
                if down > 0:
                    started[len(cells)] = down
                cells.append("" if offset else cell_text(lines_of(cell)))
        hanging = {column: left - 1 for column, left in hanging.items() if left > 1} | started
        numbered.append((number, cells))
    return numbered


def header_count(rows: Sequence[HtmlElement]) -> int | None:
    """How many rows head the table; None where its markup does not tell."""
    count = 0
    for row in rows:
        parent = row.getparent()
        cells = [cell for cell in row if cell.tag in ("td", "th")]
        in_head = parent is not None and parent.tag == "thead"
        if not in_head and not (cells and all(cell.tag == "th" for cell in cells)):
            break
        count += 1
    if count == len(rows):
        return 1
    return count if count or any(cell.tag == "th" for row in rows for cell in row) else None


def integer(value: str | None, default: int) -> int:
    """An attribute's number, or what it is without one."""
    try:
        return int(value) if value else default
    except ValueError:
        return default
