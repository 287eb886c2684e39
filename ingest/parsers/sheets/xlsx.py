"""Excel workbooks: every visible sheet as a heading and its rows."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from ingest.parsers.canonical.assemble import Assembler
from ingest.parsers.canonical.table import Row, add_table, split_at_new_headers
from ingest.parsers.office.packages import open_office, reading
from ingest.parsers.sheets.number_format import show_moment, show_number
from ingest.text.characters import mend
from ingest.types import ParsedDocument

if TYPE_CHECKING:
    from openpyxl.cell.read_only import EmptyCell, ReadOnlyCell
    from openpyxl.packaging.core import DocumentProperties

_LAST_ROW = 1_048_576
"""Rows that a sheet can have; a file that names a later one is lying."""


def parse(data: bytes, name: str) -> ParsedDocument:
    """The values of the workbook's visible sheets, as they were last calculated.

    A sheet is a heading of level 1; `row` is the row's number in the sheet. Names of hidden
    sheets, which are skipped, are in the metadata as `hidden_sheets`.

    Raises:
        ParseLimit, ParseError: see `open_office`; or the workbook is damaged.
    """
    with open_office(data, name, "xl/") as archive:
        has_properties = "docProps/core.xml" in archive.namelist()
    from openpyxl import load_workbook

    out = Assembler()
    with reading("workbook"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of extensions that do not matter to values
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        try:
            metadata = _metadata(book.properties) if has_properties else {}
            hidden = [sheet.title for sheet in book.worksheets if sheet.sheet_state != "visible"]
            for sheet in book.worksheets:
                if sheet.sheet_state == "visible":
                    _add_sheet(out, sheet)
        finally:
            book.close()
    if hidden:
        metadata["hidden_sheets"] = ", ".join(mend(title) for title in hidden)
    title = metadata.pop("title", "") or PurePosixPath(name).stem
    return out.document(title, metadata=metadata)


def _add_sheet(out: Assembler, sheet: Any) -> None:
    rows = list(_rows(sheet))
    if not rows:
        return
    title = mend(sheet.title)
    out.heading(title, 1)
    for table in split_at_new_headers(rows):
        add_table(out, table, sheet=title)


def _rows(sheet: Any) -> Iterator[Row]:
    sheet.reset_dimensions()  # what the file says of its size is often wrong
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if number > _LAST_ROW:
            return
        shown = [_shown(cell) for cell in cells]
        if any(shown):
            yield number, shown


def _shown(cell: ReadOnlyCell | EmptyCell) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return show_number(value, cell.number_format)
    if isinstance(value, datetime | date | time | timedelta):
        return show_moment(value)
    return " ".join(mend(str(value)).split())


def _metadata(properties: DocumentProperties) -> dict[str, str]:
    """What the workbook says of itself."""
    said = {
        "title": properties.title,
        "author": properties.creator,
        "created": properties.created and properties.created.isoformat(),
        "modified": properties.modified and properties.modified.isoformat(),
        "subject": properties.subject,
        "tags": properties.keywords,
    }
    return {key: mend(value).strip() for key, value in said.items() if value and value.strip()}
