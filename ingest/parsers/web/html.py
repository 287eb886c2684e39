"""Web pages: the visible article, with its headings, lists, tables and code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Protocol

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from ingest.errors import ParseLimit
from ingest.parsers.canonical.assemble import Assembler
from ingest.parsers.canonical.flow import BREAK, flow
from ingest.parsers.canonical.table import Row, add_table, cell_text, row_line
from ingest.parsers.office.packages import reading
from ingest.parsers.plain.decode import decode
from ingest.parsers.plain.front_matter import split_front_matter
from ingest.parsers.web.article import article
from ingest.parsers.web.visible import drop_hidden
from ingest.text.characters import mend
from ingest.types import BlockKind, ParsedDocument

_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_CONTAINERS = _names(
    "p div section article main header footer nav aside figure figcaption address details summary "
    "fieldset legend form center body html li dt dd td th tr tbody thead tfoot caption dialog "
    "hgroup search menu noframes marquee label"
)
_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?([\w-]+)""", re.I
)
_DEEPEST = 150
"""Elements nested below this are taken as text alone: real pages nest some 30 deep."""

_SPAN_LIMIT = 200
_DATES = {
    "created": ("article:published_time", "date", "dcterms.created", "dc.date", "datepublished"),
    "modified": ("article:modified_time", "last-modified", "dcterms.modified", "og:updated_time"),
}
_META = {"author": ("author", "article:author", "dc.creator"), "subject": ("description",)}


class _Sink(Protocol):
    """Where blocks go: an `Assembler`, or the lines of a list item."""

    def heading(self, text: str, level: int) -> None: ...

    def block(self, kind: BlockKind, text: str) -> None: ...

    def table(self, rows: Sequence[Row], headers: int | None) -> None: ...


def parse(data: bytes, name: str) -> ParsedDocument:
    """The text that a reader of the page sees, without navigation and other furniture.

    Hidden elements are dropped whatever they hold (see `ingest.parsers.visible`). `metadata` has
    author, created, modified, subject and lang where the page says so.

    Raises:
        ParseLimit: elements are nested thousands deep.
        ParseError: the bytes are no text.
    """
    out = Assembler()
    stem = PurePosixPath(name).stem
    with reading("web page"):
        facts, markup = split_front_matter(_text(data))
        root = _tree(markup)
        if root is None:
            return out.document(stem)
        named = facts.pop("title", "") or _named(root)
        metadata = facts | _metadata(root)
        drop_hidden(root)
        title = mend(_title(root, named))
        body = root.find("body")
        _Walker(_Document(out)).run(article(root if body is None else body))
    return out.document(title or out.first_heading or stem, metadata=metadata)


def add_fragment(out: Assembler, markup: str) -> None:
    """Add the visible text of a piece of HTML, such as Markdown may hold, as blocks to `out`."""
    root = _tree(markup)
    if root is not None:
        drop_hidden(root)
        _Walker(_Document(out)).run(root)


def markup_text(markup: str) -> str:
    """The visible text of a piece of HTML, a line for each line or block of it."""
    root = _tree(markup)
    if root is None:
        return ""
    drop_hidden(root)
    sink = _Lines()
    _Walker(sink).run(root)
    return "\n".join(sink.lines)


def _text(data: bytes) -> str:
    """The page as text: UTF-8 if it is, else as it declares, else as it looks."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        declared = _CHARSET.search(data[:4096])
    if declared:
        try:
            return data.decode(declared.group(1).decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(data)


def _tree(markup: str) -> HtmlElement | None:
    if not markup.strip():
        return None
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    source = markup.replace("\0", "").encode("utf-8", "replace")
    try:
        root: HtmlElement = document_fromstring(source, parser=parser)
    except etree.ParserError:  # nothing but comments
        return None
    if any("depth" in entry.message for entry in parser.error_log):
        raise ParseLimit("the page's elements are nested too deeply to be read: simplify it")
    return root


def _named(root: HtmlElement) -> str:
    """The title that the page's head gives, or ""."""
    title = root.find(".//head/title")
    if title is None:
        title = root.find(".//title")
    if title is not None and title.text and title.text.strip():
        return flow(title.text)
    for meta in root.iter("meta"):
        if meta.get("property") == "og:title" and meta.get("content", "").strip():
            return flow(meta.get("content", ""))
    return ""


def _title(root: HtmlElement, named: str) -> str:
    """The head's title without the site's name, which the first heading tells from it."""
    first = root.find(".//h1")
    heading = flow(first.text_content()) if first is not None else ""
    if heading and (not named or named.lower().startswith(heading.lower())):
        return heading
    return named


def _metadata(root: HtmlElement) -> dict[str, str]:
    said: dict[str, str] = {}
    for meta in root.iter("meta"):
        key = (meta.get("name") or meta.get("property") or meta.get("itemprop") or "").lower()
        content = flow(meta.get("content") or "")
        if key and content:
            said.setdefault(key, content)
    metadata = {
        fact: mend(said[key])
        for fact, keys in (_META | _DATES).items()
        for key in reversed(keys)
        if key in said
    }
    if root.get("lang"):
        metadata["lang"] = root.get("lang", "")
    return metadata


class _Document:
    """Blocks of the page go into the document as they are."""

    def __init__(self, out: Assembler) -> None:
        self._out = out

    def heading(self, text: str, level: int) -> None:
        self._out.heading(text, level)

    def block(self, kind: BlockKind, text: str) -> None:
        self._out.block(kind, text)

    def table(self, rows: Sequence[Row], headers: int | None) -> None:
        add_table(self._out, rows, headers=headers)


class _Lines:
    """Blocks inside a list item, a quotation or a cell become lines of it."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def heading(self, text: str, level: int) -> None:
        self.lines.append(text)

    def block(self, kind: BlockKind, text: str) -> None:
        self.lines.extend(line for line in text.split("\n") if line.strip())

    def table(self, rows: Sequence[Row], headers: int | None) -> None:
        self.lines.extend(filter(None, (row_line(cells) for _, cells in rows)))


class _Walker:
    """Turns elements into blocks of `sink`; text between two blocks is a paragraph."""

    def __init__(self, sink: _Sink, depth: int = 0) -> None:
        self._sink = sink
        self._depth = depth
        self._buffer: list[str] = []

    def run(self, element: HtmlElement) -> None:
        self._children(element)
        self._flush()

    def _children(self, element: HtmlElement) -> None:
        if self._depth > _DEEPEST:
            self._buffer.append(_all_text(element))
            return
        if element.text:
            self._buffer.append(element.text)
        self._depth += 1
        for child in element:
            if isinstance(child.tag, str):
                self._element(child, child.tag)
            if child.tail:
                self._buffer.append(child.tail)
        self._depth -= 1

    def _element(self, element: HtmlElement, tag: str) -> None:
        if tag in _CONTAINERS:
            self._flush()
            self._children(element)
            self._flush()
        elif tag in _HEADINGS:
            self._flush()
            self._sink.heading(mend(flow(_all_text(element))), _HEADINGS[tag])
        elif tag == "br":
            self._buffer.append(BREAK)
        elif tag in ("ul", "ol", "dl", "table", "pre", "blockquote", "hr"):
            self._flush()
            self._block(element, tag)
        elif tag == "q":
            self._buffer.append("“")
            self._children(element)
            self._buffer.append("”")
        else:
            self._children(element)

    def _block(self, element: HtmlElement, tag: str) -> None:
        if tag == "pre":
            self._sink.block(BlockKind.CODE, mend(_code(element)))
        elif tag == "blockquote":
            self._sink.block(BlockKind.QUOTE, "\n".join(self._lines(element)))
        elif tag == "table":
            self._table(element)
        elif tag != "hr":
            if _holds_sections(element):
                self._children(element)
                self._flush()
                return
            lines = self._definitions(element) if tag == "dl" else self._items(element, tag)
            self._sink.block(BlockKind.LIST, "\n".join(lines))

    def _lines(self, element: HtmlElement) -> list[str]:
        inner = _Lines()
        _Walker(inner, self._depth + 2).run(element)
        return inner.lines

    def _items(self, element: HtmlElement, tag: str) -> list[str]:
        lines: list[str] = []
        number = _int(element.get("start"), 1)
        for child in element:
            if child.tag in ("ul", "ol"):
                lines.extend(f"  {line}" for line in self._items(child, child.tag))
                continue
            inner = self._lines(child)
            if not inner:
                continue
            number = _int(child.get("value"), number)
            mark = f"{number}. " if tag == "ol" else "- "
            number += 1
            lines.append(mark + inner[0])
            lines.extend(f"  {line}" for line in inner[1:])
        return lines

    def _definitions(self, element: HtmlElement) -> list[str]:
        lines: list[str] = []
        for child in element.iter("dt", "dd"):
            if next(child.iterancestors("dl"), None) is not element:
                continue
            inner = self._lines(child)
            lines.extend(inner if child.tag == "dt" else [f"  {line}" for line in inner])
        return lines

    def _table(self, table: HtmlElement) -> None:
        rows = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]
        widths = [sum(1 for cell in row if cell.tag in ("td", "th")) for row in rows]
        nested = table.find(".//table") is not None
        layout = table.get("role") in ("presentation", "none") or nested
        if layout or len(rows) < 2 or max(widths, default=0) < 2:
            self._children(table)
            self._flush()
            return
        caption = table.find("caption")
        if caption is not None:
            self._sink.block(BlockKind.PARAGRAPH, " ".join(self._lines(caption)))
        self._sink.table(self._rows(rows), _header_count(rows))

    def _rows(self, rows: Sequence[HtmlElement]) -> list[Row]:
        """Cells by column; a cell that spans several stands in the first, the others are empty."""
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
                down = min(_int(cell.get("rowspan"), 1), len(rows)) - 1
                for offset in range(max(1, min(_int(cell.get("colspan"), 1), _SPAN_LIMIT))):
                    if down > 0:
                        started[len(cells)] = down
                    cells.append("" if offset else cell_text(self._lines(cell)))
            hanging = {column: left - 1 for column, left in hanging.items() if left > 1} | started
            numbered.append((number, cells))
        return numbered

    def _flush(self) -> None:
        if self._buffer:
            text = flow("".join(self._buffer))
            self._buffer.clear()
            if text:
                self._sink.block(BlockKind.PARAGRAPH, mend(text))


def _header_count(rows: Sequence[HtmlElement]) -> int | None:
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


def _holds_sections(element: HtmlElement) -> bool:
    """Whether a list is only the frame of something larger: sections, cards, tables."""
    return next(element.iter("h1", "h2", "h3", "h4", "table"), None) is not None


def _code(element: HtmlElement) -> str:
    for line_break in list(element.iter("br")):
        line_break.tail = "\n" + (line_break.tail or "")
    text: str = element.text_content()
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def _all_text(element: HtmlElement) -> str:
    """The text below an element on one line, a space where one block ends and another starts."""
    parts: list[str] = [element.text or ""]
    for child in element.iterdescendants():
        if isinstance(child.tag, str):
            if child.tag in _CONTAINERS or child.tag == "br":
                parts.append(" ")
            parts.append(child.text or "")
        parts.append(child.tail or "")
    return "".join(parts)


def _int(value: str | None, default: int) -> int:
    try:
        return int(value) if value else default
    except ValueError:
        return default
