"""Tables of every format as rows: one line a row, cells joined by " | ".

The header row of a table is a row of the text like any other, with no `table_header` of its own;
every row below it carries the header as `table_header`, so that a row found alone still says what
its cells mean.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest

from ingest.parsers.canonical.assemble import Assembler

Row = tuple[int, Sequence[str]]
"""A row's number in its table or sheet, from 1, and its cells; an empty cell is ""."""

_VALUE = re.compile(r"[\W_]*\d[\d\W_]*[^\W\d_]{0,3}[\W_]*$")
_YEAR = re.compile(r"(?:19|20)\d\d$")
_LABEL_LENGTH = 80
_SEARCHED_ROWS = 12


def row_line(cells: Sequence[str]) -> str:
    """The cells as one line; empty cells in the middle keep their place, those at the end go."""
    filled = [" ".join(cell.split()) for cell in cells]
    while filled and not filled[-1]:
        filled.pop()
    return " |".join(f" {cell}" if cell else "" for cell in filled).strip()


def cell_text(lines: Sequence[str]) -> str:
    """A cell's lines as one; the items of a list in it are parted by semicolons."""
    listed = any(line.startswith("- ") for line in lines)
    return "; ".join(line.removeprefix("- ") for line in lines) if listed else " ".join(lines)


def header_row(rows: Sequence[Row]) -> int | None:
    """Position in `rows` of the header: the first broad row, if its cells are mostly labels.

    Narrow rows above it (a title, a note) are passed over. None where the first broad row holds
    values, or where there is nothing below it.
    """
    head = rows[:_SEARCHED_ROWS]
    width = max((_filled(cells) for _, cells in rows[:200]), default=0)
    for position, (_, cells) in enumerate(head):
        if _filled(cells) < max(2, (width + 1) // 2):
            continue
        return position if _labels(cells) and position + 1 < len(rows) else None
    return None


def add_table(
    out: Assembler,
    rows: Sequence[Row],
    *,
    headers: int | None = None,
    sheet: str | None = None,
    page: int | None = None,
) -> None:
    """Add `rows` to `out` without their empty columns and empty rows.

    `headers` is how many of the first rows are the header where the format says so (0: none);
    None looks for it by `header_row`.
    """
    rows = _narrowed(rows)
    if headers is None:
        position = header_row(rows)
        above, first_data = (0, 0) if position is None else (position, position + 1)
    else:
        above, first_data = 0, min(headers, len(rows))
    header = _joined([cells for _, cells in rows[above:first_data]])
    for index, (number, cells) in enumerate(rows):
        own = header if index >= first_data else None
        out.row(row_line(cells), number, header=own, sheet=sheet, page=page)


def split_at_new_headers(rows: Sequence[Row]) -> list[list[Row]]:
    """`rows` cut where a new table starts: after an empty row, labels above values.

    A gap in the row numbers is an empty row.
    """
    tables: list[list[Row]] = []
    last = 0
    for index, (number, cells) in enumerate(rows):
        below = rows[index + 1] if index + 1 < len(rows) else None
        new = not tables or (
            number > last + 1
            and below is not None
            and below[0] == number + 1
            and _filled(cells) >= 2
            and all(is_label(cell) for cell in cells if cell)
            and any(a and b and not is_label(b) for a, b in zip(cells, below[1], strict=False))
        )
        if new:
            tables.append([])
        tables[-1].append((number, cells))
        last = number
    return tables


def is_label(cell: str) -> bool:
    """Whether a cell reads like the name of a column rather than a value of one."""
    return bool(cell) and len(cell) <= _LABEL_LENGTH and _VALUE.match(cell) is None


def _labels(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    judged = [cell for cell in filled if not _YEAR.match(cell)]  # years head columns, too
    labels = sum(map(is_label, judged))
    return bool(labels) and labels >= 0.7 * len(judged) and len(set(filled)) > len(filled) // 2


def _filled(cells: Sequence[str]) -> int:
    return sum(1 for cell in cells if cell)


def _narrowed(rows: Sequence[Row]) -> list[Row]:
    rows = [(number, cells) for number, cells in rows if any(cells)]
    used = sorted({i for _, cells in rows for i, cell in enumerate(cells) if cell})
    if used == list(range(len(used))):
        return rows
    return [(number, [cells[i] for i in used if i < len(cells)]) for number, cells in rows]


def _joined(rows: Sequence[Sequence[str]]) -> str | None:
    """Header rows as one line, column by column."""
    if len(rows) < 2:
        return row_line(rows[0]) if rows else None
    columns = zip_longest(*rows, fillvalue="")
    return row_line([" ".join(part for part in column if part) for column in columns])
