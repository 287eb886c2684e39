"""Word documents, read from their XML: what is on the page, in order, and nothing hidden.

python-docx would open the same parts, but knows no text boxes, footnotes, tracked changes or
numbers of lists, and is some five times slower.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ingest.errors import ParseError
from ingest.parsers.canonical.assemble import Assembler
from ingest.parsers.canonical.table import Row, add_table, cell_text, row_line
from ingest.parsers.office.packages import open_office, reading
from ingest.parsers.office.properties import core_properties, read_part, real_title
from ingest.parsers.word.numbering import Numbering, read_numbering
from ingest.parsers.word.styles import (
    Style,
    Styles,
    heading_level,
    integer,
    is_on,
    read_styles,
    value,
)
from ingest.text.characters import mend
from ingest.types import BlockKind, ParsedDocument

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_OFFICE_DOCUMENT = "/officeDocument"
_LONGEST_HEADING = 250
_SYMBOLS = {"F0FE": "☒", "F0A8": "☐", "F0FC": "✓", "F0FB": "✗", "F0E0": "→", "F0B7": "•"}
_SMALLEST_FONT = 4
"""Half-points: text of less than two points is not there to be read."""

_SPAN_LIMIT = 200


def parse(data: bytes, name: str) -> ParsedDocument:
    """The document's body: headings, paragraphs, lists, tables, text boxes and notes.

    Text that was deleted under tracked changes, hidden text, fields' instructions, comments, and
    page headers and footers are left out; the numbers that Word shows before headings and list
    items are put in. A footnote is a paragraph after the block that refers to it. There are no
    page numbers: a Word file does not know them.

    Raises:
        ParseLimit, ParseError: see `open_office`; or the document is damaged.
    """
    out = Assembler()
    with open_office(data, name, "word/") as archive, reading("Word document"):
        facts = core_properties(archive)
        _Story(archive, out).add()
    title = real_title(facts.pop("title", "")) or out.first_heading or PurePosixPath(name).stem
    return out.document(title, metadata=facts)


def _main_part(archive: zipfile.ZipFile) -> str:
    relations = read_part(archive, "_rels/.rels")
    for relation in relations if relations is not None else ():
        if relation.get("Type", "").endswith(_OFFICE_DOCUMENT):
            return posixpath.normpath(relation.get("Target", "").lstrip("/"))
    return "word/document.xml"


class _Story:
    """Walks the document once; lists, code and notes wait until their block is complete."""

    def __init__(self, archive: zipfile.ZipFile, out: Assembler) -> None:
        main = _main_part(archive)
        root = read_part(archive, main)
        if root is None:
            raise ParseError("the Word document has no text part: save it again in Word")
        folder = posixpath.dirname(main)
        word = str(root.tag)[1:].partition("}")[0]
        self._out = out
        self._root = root
        self._w = w = f"{{{word}}}"
        self._styles: Styles = read_styles(read_part(archive, f"{folder}/styles.xml"), word)
        self._numbering: Numbering = read_numbering(
            read_part(archive, f"{folder}/numbering.xml"), word
        )
        self._note_parts = {
            f"{w}footnoteReference": read_part(archive, f"{folder}/footnotes.xml"),
            f"{w}endnoteReference": read_part(archive, f"{folder}/endnotes.xml"),
        }
        self._list: list[str] = []
        self._code: list[str] = []
        self._notes: list[str] = []
        self._boxes: list[Element] = []
        self._carried = ""
        self._bold_heads = False

    def add(self) -> None:
        """The whole body goes to the document."""
        body = self._root.find(f"{self._w}body")
        if body is None:
            return
        paragraphs = body.iter(f"{self._w}p")
        self._bold_heads = not any(self._level(p, self._style(p)) for p in paragraphs)
        self._add_all(body)
        self._flush()
        self._out.block(BlockKind.PARAGRAPH, " ".join(mend(self._carried).split()))

    def _add_all(self, container: Element) -> None:
        for element in self._unwrapped(container):
            if element.tag == f"{self._w}tbl":
                self._add_table(element)
            else:
                self._add_paragraph(element)

    def _unwrapped(self, container: Element) -> Iterator[Element]:
        """Paragraphs and tables below `container`, through content controls and insertions."""
        w = self._w
        waiting = list(reversed(container))
        while waiting:
            element = waiting.pop()
            if element.tag in (f"{w}p", f"{w}tbl"):
                yield element
            elif element.tag == f"{_MC}AlternateContent":
                waiting.extend(reversed(_chosen(element)))
            elif element.tag in (
                f"{w}sdt", f"{w}sdtContent", f"{w}ins", f"{w}moveTo", f"{w}customXml"
            ):  # fmt: skip
                waiting.extend(reversed(element))

    def _add_paragraph(self, paragraph: Element) -> None:
        style = self._style(paragraph)
        pending, self._notes = self._notes, []
        text = self._carried + self._text(paragraph, style)
        cited, self._notes = self._notes, pending
        self._carried = ""
        if self._mark_is_deleted(paragraph):
            self._carried = text
            self._notes.extend(cited)
            return
        boxes, self._boxes = self._boxes, []
        self._place(paragraph, style, mend(text))
        self._notes.extend(cited)
        for box in boxes:
            self._flush()
            self._add_all(box)
        if not self._list and not self._code:
            self._flush()

    def _place(self, paragraph: Element, style: Style, text: str) -> None:
        """Add one paragraph's text as what it is."""
        name = style.name.lower()
        if name.startswith("toc ") or not text.strip():
            return
        if "code" in name.split() or "preformatted" in name:
            self._flush_list()
            self._code.append(text.rstrip())
            return
        text = "\n".join(filter(None, (" ".join(line.split()) for line in text.split("\n"))))
        level = self._level(paragraph, style)
        if not level and self._bold_heads and self._reads_as_heading(paragraph, text):
            level = 1
        label, depth = self._label(paragraph, style)
        if level and len(text) <= _LONGEST_HEADING:
            self._flush()
            self._out.heading(f"{label} {text}" if label not in ("", "-") else text, level)
        elif label:
            self._flush_code()
            indent = "  " * depth
            self._list.append(f"{indent}{label} {text}".replace("\n", f"\n{indent}  "))
        elif self._list and name.startswith(("list continue", "list paragraph")):
            self._list.append(f"  {text}".replace("\n", "\n  "))
        else:
            self._flush()
            kind = BlockKind.QUOTE if "quote" in name else BlockKind.PARAGRAPH
            self._out.block(kind, text)

    def _flush(self) -> None:
        self._flush_list()
        self._flush_code()
        notes, self._notes = self._notes, []
        for note in notes:
            self._out.block(BlockKind.PARAGRAPH, note)

    def _flush_list(self) -> None:
        self._out.block(BlockKind.LIST, "\n".join(self._list))
        self._list.clear()

    def _flush_code(self) -> None:
        self._out.block(BlockKind.CODE, "\n".join(self._code))
        self._code.clear()

    def _style(self, paragraph: Element) -> Style:
        stated = value(paragraph.find(f"{self._w}pPr/{self._w}pStyle"), self._w)
        return self._styles.style(stated or self._styles.default)

    def _level(self, paragraph: Element, style: Style) -> int:
        own = heading_level(paragraph.find(f"{self._w}pPr"), self._w)
        return style.outline if own < 0 else own

    def _label(self, paragraph: Element, style: Style) -> tuple[str, int]:
        """What Word shows before the paragraph, "" for nothing, and how deep it is indented."""
        w = self._w
        number_id, depth = style.number_id, style.number_level
        numbered = paragraph.find(f"{w}pPr/{w}numPr")
        if numbered is not None:
            number_id = value(numbered.find(f"{w}numId"), w) or number_id
            depth = integer(value(numbered.find(f"{w}ilvl"), w), depth)
        depth = min(max(depth, 0), 8)
        if number_id and number_id != "0":
            return self._numbering.label(number_id, depth), depth
        return ("-", 0) if style.name.lower().startswith("list bullet") else ("", 0)

    def _reads_as_heading(self, paragraph: Element, text: str) -> bool:
        """Whether all of a short line is bold: a heading where the author used no styles."""
        if len(text) > 80 or text.endswith((".", "。", ":", "：", ",", "，", ";", "；")):
            return False
        runs = [run for run in paragraph.iter(f"{self._w}r") if run.find(f"{self._w}t") is not None]
        return bool(runs) and all(
            is_on(run.find(f"{self._w}rPr"), f"{self._w}b", self._w) for run in runs
        )

    def _mark_is_deleted(self, paragraph: Element) -> bool:
        w = self._w
        return paragraph.find(f"{w}pPr/{w}rPr/{w}del") is not None

    def _text(self, element: Element, style: Style) -> str:
        """The visible text of a paragraph; boxes and notes in it are put aside."""
        if style.hidden:
            return ""
        parts: list[str] = []
        self._collect(element, style, parts)
        return "".join(parts)

    def _collect(self, element: Element, style: Style, parts: list[str]) -> None:
        w = self._w
        for child in element:
            tag = child.tag
            if tag == f"{w}r":
                if not self._is_hidden(child, style):
                    self._collect_run(child, parts)
            elif tag == f"{_MC}AlternateContent":
                self._collect(_chosen(child), style, parts)
            elif not isinstance(tag, str) or tag in (
                f"{w}del", f"{w}moveFrom", f"{w}pPr", f"{w}rPr", f"{w}rt", f"{w}sdtPr"
            ):  # fmt: skip
                continue
            elif tag.endswith("}oMath") or tag.endswith("}oMathPara"):
                parts.append(_formula(child))
            else:
                self._collect(child, style, parts)

    def _collect_run(self, run: Element, parts: list[str]) -> None:
        w = self._w
        for child in run:
            tag = child.tag
            if tag == f"{w}t":
                parts.append(child.text or "")
            elif tag in (f"{w}tab", f"{w}ptab"):
                parts.append("\t")
            elif tag in (f"{w}br", f"{w}cr"):
                parts.append("\n")
            elif tag == f"{w}noBreakHyphen":
                parts.append("-")
            elif tag == f"{w}sym":
                parts.append(_SYMBOLS.get(child.get(f"{w}char", "").upper(), ""))
            elif tag == f"{w}ruby":
                for base in child.iterchildren(f"{w}rubyBase"):
                    self._collect(base, Style(), parts)
            elif tag in self._note_parts:
                self._note(child)
            elif tag in (f"{w}drawing", f"{w}pict", f"{w}object", f"{_MC}AlternateContent"):
                shown = _chosen(child) if tag == f"{_MC}AlternateContent" else child
                self._boxes.extend(_outermost(shown, f"{w}txbxContent"))

    def _is_hidden(self, run: Element, style: Style) -> bool:
        """Whether the run's own properties hide it: hidden, struck out, white or tiny."""
        w = self._w
        properties = run.find(f"{w}rPr")
        if properties is None:
            return False
        for tag in (f"{w}vanish", f"{w}strike", f"{w}dstrike"):
            if is_on(properties, tag, w):
                return True
        run_style = value(properties.find(f"{w}rStyle"), w)
        if run_style and self._styles.style(run_style).hidden:
            return True
        if 0 < integer(value(properties.find(f"{w}sz"), w), 24) < _SMALLEST_FONT:
            return True
        white = value(properties.find(f"{w}color"), w).upper() == "FFFFFF"
        return white and not self._has_ground(run, properties, style)

    def _has_ground(self, run: Element, properties: Element, style: Style) -> bool:
        """Whether white text stands on something: a shade, a highlight, a cell, a box."""
        w = self._w
        if style.shaded or self._root.find(f"{w}background") is not None:
            return True
        if any(properties.find(f"{w}{tag}") is not None for tag in ("shd", "highlight")):
            return True
        for holder in run.iterancestors(f"{w}p", f"{w}tc", f"{w}txbxContent"):
            if holder.tag != f"{w}p" or holder.find(f"{w}pPr/{w}shd") is not None:
                return True
        return False

    def _note(self, reference: Element) -> None:
        w = self._w
        part = self._note_parts[str(reference.tag)]
        wanted = reference.get(f"{w}id")
        for note in part if part is not None else ():
            if note.get(f"{w}id") == wanted and note.get(f"{w}type", "normal") == "normal":
                self._notes.append(" ".join(self._cell_lines(note)))

    def _cell_lines(self, container: Element) -> list[str]:
        """The text of a table cell or a note, a line for each paragraph or inner row."""
        lines: list[str] = []
        for element in self._unwrapped(container):
            if element.tag == f"{self._w}tbl":
                lines.extend(row_line(cells) for _, cells in self._rows(element))
                continue
            style = self._style(element)
            text = " ".join(mend(self._text(element, style)).split())
            label, _ = self._label(element, style)
            boxes, self._boxes = self._boxes, []
            if text:
                lines.append(f"{label} {text}" if label else text)
            for box in boxes:
                lines.extend(self._cell_lines(box))
        return lines

    def _add_table(self, table: Element) -> None:
        self._flush()
        w = self._w
        rows = list(self._table_rows(table))
        widths = [sum(1 for _ in self._cells(row)) for row in rows]
        if len(rows) < 2 or max(widths) < 2:
            for row in rows:
                for cell in self._cells(row):
                    self._add_all(cell)
                    self._flush()
            return
        headers = 0
        while headers < len(rows) - 1 and is_on(rows[headers].find(f"{w}trPr"), f"{w}tblHeader", w):
            headers += 1
        add_table(self._out, self._rows(table), headers=headers or None)
        self._flush()

    def _rows(self, table: Element) -> list[Row]:
        """Cells by column: merged cells stand once, in their first place."""
        w = self._w
        rows: list[Row] = []
        for number, row in enumerate(self._table_rows(table), start=1):
            before = integer(value(row.find(f"{w}trPr/{w}gridBefore"), w), 0)
            cells = [""] * min(before, _SPAN_LIMIT)
            for cell in self._cells(row):
                properties = cell.find(f"{w}tcPr")
                merged = properties.find(f"{w}vMerge") if properties is not None else None
                goes_on = merged is not None and value(merged, w) != "restart"
                cells.append("" if goes_on else cell_text(self._cell_lines(cell)))
                span = integer(value(cell.find(f"{w}tcPr/{w}gridSpan"), w), 1)
                cells.extend([""] * (min(span, _SPAN_LIMIT) - 1))
            rows.append((number, cells))
        return rows

    def _table_rows(self, table: Element) -> Iterator[Element]:
        w = self._w
        for row in _through(table, f"{w}tr", (f"{w}sdt", f"{w}sdtContent", f"{w}customXml")):
            properties = row.find(f"{w}trPr")
            gone = properties is not None and properties.find(f"{w}del") is not None
            if not gone and not is_on(properties, f"{w}hidden", w):
                yield row

    def _cells(self, row: Element) -> Iterator[Element]:
        w = self._w
        return _through(row, f"{w}tc", (f"{w}sdt", f"{w}sdtContent", f"{w}customXml"))


def _through(parent: Element, tag: str, wrappers: tuple[str, ...]) -> Iterator[Element]:
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag in wrappers:
            yield from _through(child, tag, wrappers)


def _chosen(alternatives: Element) -> Element:
    """The newest form of content that is there in several; all hold the same text."""
    choice = alternatives.find(f"{_MC}Choice")
    fallback = alternatives.find(f"{_MC}Fallback")
    if choice is not None and (len(choice) or fallback is None):
        return choice
    return fallback if fallback is not None else alternatives


def _outermost(element: Element, tag: str) -> list[Element]:
    """Elements named `tag` below `element` that lie in no other such; alternatives once."""
    found: list[Element] = []
    waiting = [element]
    while waiting:
        current = waiting.pop()
        if current.tag == tag:
            found.append(current)
        elif current.tag == f"{_MC}AlternateContent":
            waiting.append(_chosen(current))
        else:
            waiting.extend(reversed(current))
    return found


def _formula(element: Element) -> str:
    texts = (node.text or "" for node in element.iter() if str(node.tag).endswith("}t"))
    return "".join(texts)
