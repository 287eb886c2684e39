"""Word documents, read from their XML: what is on the page, in order, and nothing hidden.

python-docx would open the same parts, but knows no text boxes, footnotes, tracked changes or
numbers of lists, and is some five times slower.
"""

from __future__ import annotations

import posixpath
import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ingest.errors import ParseError
from ingest.parsers.canonical.assemble import Assembler
from ingest.parsers.canonical.table import Row, add_table, row_line
from ingest.parsers.office.packages import open_office, reading
from ingest.parsers.office.properties import core_properties, read_part, real_title
from ingest.parsers.word.elements import paragraphs_and_tables
from ingest.parsers.word.numbering import Numbering, read_numbering
from ingest.parsers.word.runs import RunReader, Shown
from ingest.parsers.word.styles import (
    Style,
    Styles,
    heading_level,
    integer,
    is_on,
    read_styles,
    value,
)
from ingest.parsers.word.tables import cells_of, header_count, rows_of, shown_rows
from ingest.text.characters import mend
from ingest.types import BlockKind, ParsedDocument

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_OFFICE_DOCUMENT = "/officeDocument"
_LONGEST_HEADING = 250


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
        self._runs = RunReader(
            w, self._styles, has_background=root.find(f"{w}background") is not None
        )
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
        self._carried = ""
        self._boxes: list[Element] = []
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
        for element in paragraphs_and_tables(container, self._w):
            if element.tag == f"{self._w}tbl":
                self._add_table(element)
            else:
                self._add_paragraph(element)

    def _add_paragraph(self, paragraph: Element) -> None:
        style = self._style(paragraph)
        shown = self._runs.read(paragraph, style)
        cited = self._notes_of(shown)
        text = self._carried + shown.text
        boxes = [*self._boxes, *shown.boxes]
        self._carried, self._boxes = "", []
        if self._mark_is_deleted(paragraph):  # it goes on in the next one
            self._carried, self._boxes = text, boxes
            self._notes.extend(cited)
            return
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

    def _notes_of(self, shown: Shown) -> list[str]:
        """The notes that are referred to, each after those that it refers to itself."""
        w = self._w
        found: list[str] = []
        for reference in shown.notes:
            part = self._note_parts[str(reference.tag)]
            wanted = reference.get(f"{w}id")
            for note in part if part is not None else ():
                if note.get(f"{w}id") == wanted and note.get(f"{w}type", "normal") == "normal":
                    lines, inner = self._lines(note)
                    found.extend([*inner, " ".join(lines)])
        return found

    def _lines(self, container: Element) -> tuple[list[str], list[str]]:
        """The text of a cell, a note or a box in it, a line for each paragraph or inner row.

        The notes that are referred to come second.
        """
        lines: list[str] = []
        notes: list[str] = []
        for element in paragraphs_and_tables(container, self._w):
            if element.tag == f"{self._w}tbl":
                rows, more = self._rows(element)
                lines.extend(row_line(cells) for _, cells in rows)
                notes.extend(more)
                continue
            style = self._style(element)
            shown = self._runs.read(element, style)
            notes.extend(self._notes_of(shown))
            text = " ".join(mend(shown.text).split())
            label, _ = self._label(element, style)
            if text:
                lines.append(f"{label} {text}" if label else text)
            for box in shown.boxes:
                inside, more = self._lines(box)
                lines.extend(inside)
                notes.extend(more)
        return lines, notes

    def _rows(self, table: Element) -> tuple[list[Row], list[str]]:
        """The rows of a table, and the notes that its cells refer to."""
        notes: list[str] = []

        def lines_of(cell: Element) -> list[str]:
            lines, more = self._lines(cell)
            notes.extend(more)
            return lines

        return rows_of(table, self._w, lines_of), notes

    def _add_table(self, table: Element) -> None:
        self._flush()
        w = self._w
        rows = list(shown_rows(table, w))
        widths = [sum(1 for _ in cells_of(row, w)) for row in rows]
        if len(rows) < 2 or max(widths) < 2:
            for row in rows:
                for cell in cells_of(row, w):
                    self._add_all(cell)
                    self._flush()
            return
        cells, notes = self._rows(table)
        add_table(self._out, cells, headers=header_count(rows, w) or None)
        self._notes.extend(notes)
        self._flush()
