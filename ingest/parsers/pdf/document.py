"""PDF: text with its geometry by pdfium, broken files repaired by pypdf first.

pdfium is not thread-safe: one parse at a time in a process. Bookmarks and metadata are read by
pdfium too: it finds the same ones as pypdf without opening the file a second time (under 1 ms
against 2 to 380 ms for an annual report).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from ctypes import c_double, create_string_buffer
from io import BytesIO
from itertools import pairwise
from math import hypot
from pathlib import PurePosixPath
from typing import Any

from ingest.errors import ParseError
from ingest.parsers.canonical.assemble import Assembler
from ingest.parsers.pdf.layout import OutlineEntry, add_pages
from ingest.parsers.pdf.lines import Line, Page, tidied, without_running_lines
from ingest.text.characters import mend
from ingest.types import ParsedDocument

_WRONG_PASSWORD = 4
_LINE_END = re.compile("\r\n|[\r\n]|\ufffe")
"""U+FFFE is pdfium's mark for a hyphen at the end of a line, and stands for the break too."""

_SPACED_OUT = re.compile(
    r"(?:[\u2e80-\u9fff\uff00-\uff60] +){3,}|[\u4e00-\u9fff] +[\u4e00-\u9fff]\Z"
)
_SPACE_IN_CHINESE = re.compile(
    r"(?<=[\u2e80-\u9fff\uff00-\uff60]) +(?=[\u2e80-\u9fff\uff00-\uff60])"
)
"""Chinese that is set wide comes with a space after each character."""

_UNREADABLE = re.compile(r"[\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff]")
_MOST_UNREADABLE = 0.4
_STAMP = 30
"""Characters; a full-page image with so little text on it (a stamp, a number) is a scan."""

_IMAGE_SHARE = 0.4
_MANY_PATHS = 50
"""So many drawn shapes on a page without text are letters turned into outlines, or a figure."""

_REGULAR, _BOLD = 400, 700
_BOLD_NAME = re.compile(rb"bold|black|heavy|demi", re.I)
_DATE = re.compile(r"D?:?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:([+-])(\d\d)'?(\d\d)|Z)?")
_JUNK_TITLE = re.compile(
    r"untitled|.*\.(?:docx?|pdf|indd|xlsx?|pptx?|qxd|tex|dvi|html?)\Z|microsoft \w+ -|[\d\W_]*\Z"
    r"|(?:slide|page|document|print|scan)\s*\d*\Z|无标题|未命名|幻灯片",
    re.I,
)


def parse(data: bytes, name: str) -> ParsedDocument:
    """The PDF as headings, paragraphs, lists and table rows, each with its page.

    A file that is encrypted without a user password opens. Pages without a text layer are in
    `scanned_pages`, broken ones in `metadata["pages_not_read"]`. Running heads, feet and page
    numbers are left out but for their first occurrence, which is kept if it says anything.

    Raises:
        ParseError: protected by a password, or broken beyond repair.
    """
    with closing(_open(data)) as pdf:
        pages, scanned, unread = _pages(pdf)
        outline = list(_outline(pdf))
        metadata, stated_title = _metadata(pdf)
        if unread:
            metadata["pages_not_read"] = ", ".join(map(str, unread))
        count = len(pdf)
    pages = without_running_lines(pages)
    assembler = Assembler()
    shown_title = add_pages(assembler, pages, outline)
    title = stated_title or shown_title or PurePosixPath(name).stem
    return assembler.document(title, metadata=metadata, pages=count, scanned_pages=scanned)


def _open(data: bytes) -> Any:
    from pypdfium2 import PdfDocument, PdfiumError

    if not data.strip(b"\0 \r\n\t"):
        raise ParseError("the file is empty: it holds no PDF")
    try:
        pdf = PdfDocument(data)
        if len(pdf):
            return pdf
        pdf.close()
    except PdfiumError as exc:
        if exc.err_code == _WRONG_PASSWORD:
            raise _protected() from exc
    try:
        return PdfDocument(_repaired(data))
    except PdfiumError as exc:
        raise ParseError(f"the PDF is broken and could not be repaired ({exc})") from exc


def _protected() -> ParseError:
    return ParseError("the PDF is protected by a password; save a copy without one and index that")


def _repaired(data: bytes) -> bytes:
    """The pages that pypdf's lenient reader still finds, written as a new PDF."""
    from pypdf import PdfReader, PdfWriter

    try:
        reader = PdfReader(BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise _protected()
        writer = PdfWriter()
        for page in reader.pages:
            writer.add_page(page)
        if not writer.pages:
            raise ParseError("the PDF holds no pages")
        out = BytesIO()
        writer.write(out)
    except (ParseError, MemoryError):
        raise
    except Exception as exc:  # pypdf raises whatever broken bytes lead it to
        raise ParseError(
            f"the PDF is broken and could not be repaired ({type(exc).__name__}: {exc}); "
            "open it in a viewer and save it again"
        ) from exc
    return out.getvalue()


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
                lines = _lines(text_page)
                if _is_scan(page, lines):
                    scanned.append(number)
        except PdfiumError:
            unread.append(number)
        pages.append(Page(number, lines))
    if len(unread) == len(pages):
        raise ParseError("the PDF is broken: none of its pages can be read")
    return pages, tuple(scanned), unread


def _lines(text_page: Any) -> list[Line]:
    text = text_page.get_text_range()
    if not text.isascii() and len(_UNREADABLE.findall(text)) > _MOST_UNREADABLE * len(text):
        return []
    ruler = _Ruler(text_page.raw)
    lines: list[Line] = []
    at = 0
    beyond = 0  # pdfium counts UTF-16 units, Python characters
    for piece in _LINE_END.split(text):
        words = piece.strip()
        clean = mend(words).strip()
        if clean:
            first = at + beyond + len(piece) - len(piece.lstrip())
            if max(piece) > "\uffff":
                beyond += sum(c > "\uffff" for c in piece)
            last = at + beyond + len(piece.rstrip()) - 1
            if _SPACED_OUT.match(clean):
                clean = _SPACE_IN_CHINESE.sub("", clean)
            hyphen = text[at + len(piece) : at + len(piece) + 1] == "\ufffe"
            lines.append(ruler.line(clean + "-" * hyphen, words, first, last))
        at += len(piece)
        at += 2 if text.startswith("\r\n", at) else 1
    return tidied(ruler.upright(lines))


class _Ruler:
    """Measures stretches of a page's text by few of their characters: pdfium is called often."""

    def __init__(self, raw: Any) -> None:
        from pypdfium2 import raw as pdfium

        self._raw = raw
        self._x, self._y = c_double(), c_double()
        self._matrix = pdfium.FS_MATRIX()
        self._index = pdfium.FPDFText_GetCharIndexFromTextIndex
        self._origin = pdfium.FPDFText_GetCharOrigin
        self._font_size = pdfium.FPDFText_GetFontSize
        self._font_weight = pdfium.FPDFText_GetFontWeight
        self._font_name = pdfium.FPDFText_GetFontInfo
        self._name = create_string_buffer(128)
        self._get_matrix = pdfium.FPDFText_GetMatrix
        self._ends: list[tuple[float, float]] = []

    def line(self, text: str, words: str, first: int, last: int) -> Line:
        """`text` as a line; pdfium has it as `words`, its characters `first` to `last`."""
        raw, x, y = self._raw, self._x, self._y
        start, end = self._index(raw, first), self._index(raw, last)
        self._origin(raw, start, x, y)
        left, base = x.value, y.value
        self._origin(raw, end, x, y)
        self._ends.append((x.value, y.value))
        # The ends may be a bullet, a drop cap or a superscript, so the size is that in the middle.
        half = len(words) // 2
        inside = end - start == len(words) - 1 and words[half] != " "
        middle = start + half if inside else end
        self._get_matrix(raw, middle, self._matrix)
        scale = hypot(self._matrix.c, self._matrix.d) or 1.0
        size = max(0.5, self._font_size(raw, middle) * scale)
        weight = min(self._weight(start), self._weight(end))
        return Line(text, left, x.value + 0.5 * size, base, size, weight)

    def _weight(self, at: int) -> int:
        """The weight that the font's file states, else what its name says of it."""
        stated: int = self._font_weight(self._raw, at)
        if stated > 0:
            return stated
        self._font_name(self._raw, at, self._name, len(self._name), None)
        return _BOLD if _BOLD_NAME.search(self._name.value) else _REGULAR

    def upright(self, lines: list[Line]) -> list[Line]:
        """The lines turned so that most of them run from left to right."""
        across = up = 0.0
        for line, (x, y) in zip(lines, self._ends, strict=True):
            across += x - line.left
            up += y - line.y
        if across >= abs(up):
            return lines
        turned = []
        for line, (x, y) in zip(lines, self._ends, strict=True):
            half = 0.5 * line.size
            if abs(up) > abs(across):
                sign = 1 if up > 0 else -1
                left, right, base = sign * line.y, sign * y + half, -sign * line.left
            else:
                left, right, base = -line.left, -x + half, -line.y
            turned.append(Line(line.text, left, right, base, line.size, line.weight))
        # pdfium hands out the lines of some turned pages from the bottom up.
        rising = sum(1 if one.y < other.y else -1 for one, other in pairwise(turned))
        return turned[::-1] if rising > 0 else turned


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


def _outline(pdf: Any) -> Iterator[OutlineEntry]:
    for bookmark in pdf.get_toc(max_depth=8):
        target = bookmark.get_dest()
        index = target.get_index() if target else None
        title = mend(bookmark.get_title() or "").strip()
        if title and index is not None and index >= 0:
            yield OutlineEntry(title, bookmark.level + 1, index + 1)


def _metadata(pdf: Any) -> tuple[dict[str, str], str]:
    """What the file says of itself, and its title ("" if that is none a person wrote)."""
    stated = {key: " ".join(mend(value).split()) for key, value in pdf.get_metadata_dict().items()}
    metadata = {
        "author": stated.get("Author", ""),
        "subject": stated.get("Subject", ""),
        "keywords": stated.get("Keywords", ""),
        "created": _iso_date(stated.get("CreationDate", "")),
        "modified": _iso_date(stated.get("ModDate", "")),
    }
    title = stated.get("Title", "")
    title = "" if _JUNK_TITLE.match(title) or len(title) > 300 else title
    return {key: value for key, value in metadata.items() if value}, title


def _iso_date(stated: str) -> str:
    """PDF's D:20240131120000+01'00' as an ISO date with what is known of its time."""
    match = _DATE.match(stated)
    if not match:
        return ""
    year, month, day, hour, minute, second, sign, off_h, off_m = match.groups()
    date = "-".join(part for part in (year, month, day) if part)
    if not (day and hour and minute):
        return date
    zone = f"{sign}{off_h}:{off_m}" if sign else "Z" if stated.endswith("Z") else ""
    return f"{date}T{hour}:{minute}:{second or '00'}{zone}"
