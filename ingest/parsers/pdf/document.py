"""PDF: text with its geometry by pdfium, page by page, laid out as people read it.

pdfium is not thread-safe: one parse at a time in a process.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import PurePosixPath
from typing import Any

from ingest.errors import ParseError
from ingest.parsers.canonical.assemble import Assembler
from ingest.parsers.pdf.about import metadata_of, outline_of
from ingest.parsers.pdf.layout import add_pages
from ingest.parsers.pdf.lines import Line, Page, without_running_lines
from ingest.parsers.pdf.pdfium import open_pdf
from ingest.parsers.pdf.ruler import measured_lines
from ingest.types import ParsedDocument

_STAMP = 30
"""Characters; a full-page image with so little text on it (a stamp, a number) is a scan."""

_IMAGE_SHARE = 0.4
_MANY_PATHS = 50
"""So many drawn shapes on a page without text are letters turned into outlines, or a figure."""


def parse(data: bytes, name: str) -> ParsedDocument:
    """The PDF as headings, paragraphs, lists and table rows, each with its page.

    A file that is encrypted without a user password opens. Pages without a text layer are in
    `scanned_pages`, broken ones in `metadata["pages_not_read"]`. Running heads, feet and page
    numbers are left out but for their first occurrence, which is kept if it says anything.

    Raises:
        ParseError: protected by a password, or broken beyond repair.
    """
    with closing(open_pdf(data)) as pdf:
        pages, scanned, unread = _pages(pdf)
        outline = list(outline_of(pdf))
        metadata, stated_title = metadata_of(pdf)
        if unread:
            metadata["pages_not_read"] = ", ".join(map(str, unread))
        count = len(pdf)
    pages = without_running_lines(pages)
    assembler = Assembler()
    shown_title = add_pages(assembler, pages, outline)
    title = stated_title or shown_title or PurePosixPath(name).stem
    return assembler.document(title, metadata=metadata, pages=count, scanned_pages=scanned)


def _pages(pdf: Any) -> tuple[list[Page], tuple[int, ...], list[int]]:
    """The lines of all pages; the numbers of those without a text layer, and of broken ones."""
    from pypdfium2 import PdfiumError

    pages: list[Page] = []
    scanned: list[int] = []
    unread: list[int] = []
    for number in range(1, len(pdf) + 1):
        lines: list[Line] = []
        try:
            with closing(pdf[number - 1]) as page, closing(page.get_textpage()) as text_page:
                lines = measured_lines(text_page)
                if _is_scan(page, lines):
                    scanned.append(number)
        except PdfiumError:
            unread.append(number)
        pages.append(Page(number, lines))
    if len(unread) == len(pages):
        raise ParseError("the PDF is broken: none of its pages can be read")
    return pages, tuple(scanned), unread


def _is_scan(page: Any, lines: list[Line]) -> bool:
    """Whether the page shows something but has no text layer to speak of."""
    letters = sum(len(line.text) for line in lines)
    if letters > _STAMP:
        return False
    from pypdfium2 import raw as pdfium

    width, height = page.get_size()
    paths = 0
    for shown in page.get_objects(max_depth=3):
        if shown.type == pdfium.FPDF_PAGEOBJ_PATH:
            paths += 1
        elif shown.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = shown.get_bounds()
            if not letters or (right - left) * (top - bottom) > _IMAGE_SHARE * width * height:
                return True
    return not letters and paths >= _MANY_PATHS
