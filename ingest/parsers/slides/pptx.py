"""PowerPoint presentations: every slide with its title, text, tables, charts and notes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from ingest.parsers.canonical.assemble import Assembler
from ingest.parsers.canonical.table import Row, add_table
from ingest.parsers.office.packages import open_office, reading
from ingest.parsers.office.properties import core_properties, real_title
from ingest.text.characters import mend
from ingest.types import BlockKind, ParsedDocument

if TYPE_CHECKING:
    from pptx.chart.chart import Chart
    from pptx.slide import Slide
    from pptx.text.text import TextFrame

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
_RELATIONS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_LONGEST_TITLE = 120
_LINE_HEIGHT = 200_000
"""English Metric Units; shapes whose tops differ by less stand side by side."""

_DEEPEST_GROUP = 20
_MAX_POINTS = 500
_BREAKS = re.compile(r"[\x0b\n\r]+")


def parse(data: bytes, name: str) -> ParsedDocument:
    """The slides in order; `page` is the slide's number.

    A slide's heading (level 1) is its title, else its first short line, else "Slide n". Speaker
    notes are a paragraph "Notes: …" below the slide. What stands wholly outside the slide, is
    hidden, or repeats on every slide (date, footer, number) is left out. `scanned_pages` are
    slides that hold pictures and no text.

    Raises:
        ParseLimit, ParseError: see `open_office`; or the presentation is damaged.
    """
    with open_office(data, name, "ppt/") as archive:
        facts = core_properties(archive)
    from pptx import Presentation

    out = Assembler()
    with reading("presentation"):
        deck = Presentation(io.BytesIO(data))
        size = (deck.slide_width or 0, deck.slide_height or 0)
        count = 0
        pictures: list[int] = []
        for count, slide in enumerate(deck.slides, start=1):
            if not _add_slide(out, slide, count, size):
                pictures.append(count)
    title = real_title(facts.pop("title", "")) or out.first_heading or PurePosixPath(name).stem
    return out.document(title, metadata=facts, pages=count, scanned_pages=tuple(pictures))


def _add_slide(out: Assembler, slide: Slide, page: int, size: tuple[int, int]) -> bool:
    """Whether the slide has text; False for one that shows pictures and nothing else."""
    shapes = list(_shapes(slide.shapes, size))
    title_shape = slide.shapes.title
    heading = _flat(title_shape.text_frame.text) if title_shape is not None else ""
    skipped = title_shape.shape_id if heading and title_shape is not None else None
    if not heading:
        heading, skipped = _first_short_line(shapes)
    frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    notes = "\n".join(_paragraphs(frame)) if frame is not None else ""
    if not heading and not notes and not any(map(_has_text, shapes)):
        return not any(hasattr(shape, "image") for shape in shapes)
    out.heading(heading or f"Slide {page}", 1, page=page)
    for shape in shapes:
        if shape.shape_id != skipped:
            _add_shape(out, shape, page)
    out.block(BlockKind.PARAGRAPH, f"Notes: {notes}" if notes else "", page=page)
    return True


def _shapes(shapes: Any, size: tuple[int, int], depth: int = 0) -> Iterator[Any]:
    """Visible shapes in reading order, groups taken apart."""
    for shape in sorted(shapes, key=_place):
        properties = shape._element.xpath(".//p:cNvPr")
        if properties and properties[0].get("hidden") in ("1", "true"):
            continue
        if depth == 0 and _is_outside(shape, size):
            continue
        if hasattr(shape, "shapes"):
            if depth < _DEEPEST_GROUP:
                yield from _shapes(shape.shapes, size, depth + 1)
        elif not _is_furniture(shape):
            yield shape


def _has_text(shape: Any) -> bool:
    if shape.has_text_frame:
        return bool(_paragraphs(shape.text_frame))
    return bool(shape.has_table or shape.has_chart or _diagram(shape))


def _place(shape: Any) -> tuple[int, int]:
    return (shape.top or 0) // _LINE_HEIGHT, shape.left or 0


def _is_outside(shape: Any, size: tuple[int, int]) -> bool:
    if None in (shape.left, shape.top, shape.width, shape.height) or not all(size):
        return False
    return bool(
        shape.left >= size[0]
        or shape.top >= size[1]
        or shape.left + shape.width < 0
        or shape.top + shape.height < 0
    )


def _is_furniture(shape: Any) -> bool:
    from pptx.enum.shapes import PP_PLACEHOLDER

    return shape.is_placeholder and shape.placeholder_format.type in (
        PP_PLACEHOLDER.DATE,
        PP_PLACEHOLDER.FOOTER,
        PP_PLACEHOLDER.HEADER,
        PP_PLACEHOLDER.SLIDE_NUMBER,
    )


def _first_short_line(shapes: list[Any]) -> tuple[str, int | None]:
    """The first line of text on a slide without a title, and its shape if that is all of it."""
    for shape in shapes:
        lines = _paragraphs(shape.text_frame) if shape.has_text_frame else []
        if lines:
            if len(lines[0]) > _LONGEST_TITLE:
                return "", None
            return _flat(lines[0]), shape.shape_id if len(lines) == 1 else None
    return "", None


def _add_shape(out: Assembler, shape: Any, page: int) -> None:
    if shape.has_text_frame:
        _add_text(out, shape, page)
    elif shape.has_table:
        add_table(out, _table_rows(shape.table), headers=_header_rows(shape.table), page=page)
    elif shape.has_chart:
        _add_chart(out, shape.chart, page)
    else:
        out.block(BlockKind.LIST, "\n".join(_diagram(shape)), page=page)


def _add_text(out: Assembler, shape: Any, page: int) -> None:
    """A frame is a list where its paragraphs have bullets, as those of a slide's body do."""
    lines = _paragraphs(shape.text_frame)
    bulleted = _is_body(shape)
    marked = [
        paragraph._p.find(f"{_A}pPr/{_A}buChar") is not None
        or paragraph._p.find(f"{_A}pPr/{_A}buAutoNum") is not None
        for paragraph in shape.text_frame.paragraphs
    ]
    if len(lines) > 1 and (bulleted or any(marked)):
        out.block(BlockKind.LIST, "\n".join(_bullets(shape.text_frame)), page=page)
    else:
        out.block(BlockKind.PARAGRAPH, "\n".join(lines), page=page)


def _is_body(shape: Any) -> bool:
    from pptx.enum.shapes import PP_PLACEHOLDER

    return shape.is_placeholder and shape.placeholder_format.type in (
        PP_PLACEHOLDER.BODY,
        PP_PLACEHOLDER.OBJECT,
        PP_PLACEHOLDER.VERTICAL_BODY,
        PP_PLACEHOLDER.VERTICAL_OBJECT,
    )


def _bullets(frame: TextFrame) -> Iterator[str]:
    for paragraph in frame.paragraphs:
        text = _flat(paragraph.text)
        if text:
            yield f"{'  ' * paragraph.level}- {text}"


def _paragraphs(frame: TextFrame) -> list[str]:
    lines: list[str] = []
    for paragraph in frame.paragraphs:
        pieces = (_flat(piece) for piece in _BREAKS.split(paragraph.text))
        lines.extend(piece for piece in pieces if piece)
    return lines


def _flat(text: str) -> str:
    return " ".join(mend(text).split())


def _table_rows(table: Any) -> list[Row]:
    """Cells by column; a merged cell stands once, in its first place."""
    return [
        (number, ["" if cell.is_spanned else _flat(cell.text_frame.text) for cell in row.cells])
        for number, row in enumerate(table.rows, start=1)
    ]


def _header_rows(table: Any) -> int | None:
    return 1 if table.first_row and len(table.rows) > 1 else None


def _add_chart(out: Assembler, chart: Chart, page: int) -> None:
    """A chart's numbers as a table: a row for each category, a column for each series."""
    if chart.has_title and chart.chart_title.has_text_frame:
        out.block(BlockKind.PARAGRAPH, _flat(chart.chart_title.text_frame.text), page=page)
    plots = list(chart.plots)
    if not plots:
        return
    series = [one for plot in plots for one in plot.series]
    labels = [_flat(str(label)) for label in plots[0].categories][:_MAX_POINTS]
    values = [list(one.values)[:_MAX_POINTS] for one in series]
    rows: list[Row] = [(1, ["Category", *(_flat(str(one.name)) for one in series)])]
    for index, label in enumerate(labels):
        numbers = [_number(column[index]) if index < len(column) else "" for column in values]
        rows.append((index + 2, [label, *numbers]))
    add_table(out, rows, headers=1, page=page)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"


def _diagram(shape: Any) -> list[str]:
    """The texts of a SmartArt diagram, which lie in a part of their own."""
    from lxml import etree

    for ids in shape._element.iter(f"{{{_DIAGRAM}}}relIds"):
        relation = ids.get(f"{_RELATIONS}dm")
        if relation in shape.part.rels:
            blob = shape.part.related_part(relation).blob
            root = etree.fromstring(blob, etree.XMLParser(resolve_entities=False))
            points = root.iter(f"{{{_DIAGRAM}}}t")
            texts = (_flat("".join(t.text or "" for t in p.iter(f"{_A}t"))) for p in points)
            return [f"- {text}" for text in texts if text]
    return []
