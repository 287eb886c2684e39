"""Elements of a web page as blocks, in their order."""

from __future__ import annotations

from lxml.html import HtmlElement

from ingest.parsers.canonical.flow import BREAK, flow
from ingest.parsers.web.sinks import Lines, Sink
from ingest.parsers.web.tables import header_count, integer, is_layout, own_rows, rows_of
from ingest.text.characters import mend
from ingest.types import BlockKind

_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_CONTAINERS = _names(
    "p div section article main header footer nav aside figure figcaption address details summary "
    "fieldset legend form center body html li dt dd td th tr tbody thead tfoot caption dialog "
    "hgroup search menu noframes marquee label"
)
_DEEPEST = 150
"""Elements nested below this are taken as text alone: real pages nest some 30 deep."""


class Walker:
    """Turns elements into blocks of `sink`; text between two blocks is a paragraph."""

    def __init__(self, sink: Sink, depth: int = 0) -> None:
        self._sink = sink
        self._depth = depth
        self._buffer: list[str] = []

    def run(self, element: HtmlElement) -> None:
        """Everything below an element goes to the sink."""
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
        inner = Lines()
        Walker(inner, self._depth + 2).run(element)
        return inner.lines

    def _items(self, element: HtmlElement, tag: str) -> list[str]:
        lines: list[str] = []
        number = integer(element.get("start"), 1)
        for child in element:
            if child.tag in ("ul", "ol"):
                lines.extend(f"  {line}" for line in self._items(child, child.tag))
                continue
            inner = self._lines(child)
            if not inner:
                continue
            number = integer(child.get("value"), number)
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
        rows = own_rows(table)
        if is_layout(table, rows):
            self._children(table)
            self._flush()
            return
        caption = table.find("caption")
        if caption is not None:
            self._sink.block(BlockKind.PARAGRAPH, " ".join(self._lines(caption)))
        self._sink.table(rows_of(rows, self._lines), header_count(rows))

    def _flush(self) -> None:
        if self._buffer:
            text = flow("".join(self._buffer))
            self._buffer.clear()
            if text:
                self._sink.block(BlockKind.PARAGRAPH, mend(text))


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
