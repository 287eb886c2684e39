"""Lines of a page: put together where they were torn, and told apart into text and table rows.

Knows geometry only, not how the lines were read. Coordinates are points, x to the right and y
upwards.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.text.running_lines import repeated_lines


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text: from `left` to `right` on the baseline `y`, in a font of `size` points.

    `weight` is that of the font as the file states it (about 400 is regular), 0 where unknown.
    """

    text: str
    left: float
    right: float
    y: float
    size: float
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of one page in reading order; `number` counts from 1."""

    number: int
    lines: Sequence[Line]


_NUMBER = r"[(\[+<>~≈±-]*[$€£¥￥]?[(+\-–—−]?[\d.,]*\d[)\]%％‰xX*]{0,3}"
_CELL = re.compile(rf"(?:{_NUMBER}|[$€£¥￥%)]|[-–—−]{{1,2}}|[Nn]/?[AaMm]|\*+|\(\w\)|[+-])\Z")
_CELL_ENDS = frozenset("0123456789)%％—–-−*$AMamxX]")
_YEAR = re.compile(r"\(?(?:19|20|21)\d\d[EF]?\)?\Z")
_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uff60]")
_SENTENCE_END = re.compile(r"[.;。；，,][\"'”’）)]?\Z")

_WORDS_OF_HEAD = re.compile(r"(?!page\b|of\b|seite\b)[^\W\d_]{2,}", re.I)

_GAP = 1.3
"""A line so much wider for its characters than others has gaps: cells, not words."""

_LONGEST_LABEL = 100
_SHORTEST_BROKEN_LABEL = 15
_LONGEST_HEADER = 240


def tidied(lines: Sequence[Line]) -> list[Line]:
    """The lines of a page with what stands on one baseline put together.

    Neighbours in reading order on one baseline become one line; a cell that holds only numbers
    and was written elsewhere in the stream comes to the label on its left.
    """
    joined: list[Line] = []
    for line in lines:
        last = joined[-1] if joined else None
        if last and _on_one_line(last, line) and line.left >= last.right - 0.5 * line.size:
            joined[-1] = _beside(last, line)
        else:
            joined.append(line)
    return _with_stray_cells(joined)


def _on_one_line(one: Line, other: Line) -> bool:
    return abs(one.y - other.y) < 0.25 * max(one.size, other.size)


def _beside(left: Line, right: Line) -> Line:
    glue = "" if left.text.endswith("-") and right.left - left.right < left.size else " "
    return replace(left, text=f"{left.text}{glue}{right.text}", right=right.right)


def _with_stray_cells(lines: list[Line]) -> list[Line]:
    stray = {i for i, line in enumerate(lines) if _is_cells(line.text)}
    if not stray or len(stray) == len(lines):
        return lines
    labels: dict[int, list[int]] = {}
    for i, line in enumerate(lines):
        if i not in stray:
            labels.setdefault(round(line.y), []).append(i)
    rows = list(lines)
    for i in sorted(stray, key=lambda i: lines[i].left):
        cell = lines[i]
        near = [j for y in (-1, 0, 1) for j in labels.get(round(cell.y) + y, ())]
        fitting = [j for j in near if _on_one_line(rows[j], cell) and rows[j].right <= cell.left]
        if fitting:
            row = max(fitting, key=lambda j: rows[j].right)
            rows[row] = _beside(rows[row], cell)
        else:
            stray.discard(i)
    return [row for i, row in enumerate(rows) if i not in stray]


def _is_cells(text: str) -> bool:
    return len(text) < 60 and text[-1:] in _CELL_ENDS and all(map(_CELL.match, text.split()))


def stretch(line: Line) -> float:
    """The width of a column of characters in units of the font size (Han takes two columns)."""
    columns = (
        len(line.text) if line.text.isascii() else len(line.text) + len(_WIDE.findall(line.text))
    )
    return (line.right - line.left) / (line.size * max(1, columns))


def cells_at_end(text: str) -> list[str]:
    """The numbers (dashes, currency signs, n/a) with which a line ends, in order."""
    if text[-1:] not in _CELL_ENDS:
        return []
    tokens = text.split()
    at = len(tokens)
    while at and _CELL.match(tokens[at - 1]):
        at -= 1
    return tokens[at:]


def rows_among(lines: Sequence[Line], usual_stretch: float) -> list[bool]:
    """For each line of a page whether it is the row of a table.

    A row ends with two numbers or more, or has a gap between its cells, and has another one
    beside it; lines between two rows that look like a label belong to the table.
    """
    ends = [cells_at_end(line.text) for line in lines]
    gaps = [_has_gap(line, usual_stretch) for line in lines]
    rows = [len(cells) >= 2 or gap for cells, gap in zip(ends, gaps, strict=True)]
    if not any(rows):
        return rows
    strong = list(rows)
    last = len(lines) - 1
    for i, line in enumerate(lines):
        beside = (i > 0 and rows[i - 1]) or (i < last and strong[i + 1])
        if not strong[i] and ends[i] and beside and len(line.text) <= _LONGEST_LABEL:
            rows[i] = True
    for i in range(1, last):
        label = len(lines[i].text) <= _LONGEST_LABEL and not _SENTENCE_END.search(lines[i].text)
        if not rows[i] and rows[i - 1] and rows[i + 1] and label:
            rows[i] = True
    for i in range(len(lines)):
        alone = not (i > 0 and rows[i - 1]) and not (i < last and rows[i + 1])
        if rows[i] and alone and not (gaps[i] and ends[i]):
            rows[i] = False
    return rows


def _has_gap(line: Line, usual_stretch: float) -> bool:
    return " " in line.text and stretch(line) > _GAP * usual_stretch


def table_rows(lines: Sequence[Line]) -> list[str]:
    """The rows of one table; a label that runs over two lines is one with its numbers."""
    rows: list[str] = []
    open_label = False
    for line in lines:
        cells = cells_at_end(line.text)
        if open_label and cells and line.text[:1].islower():
            rows[-1] += " " + line.text
        else:
            rows.append(line.text)
        long = len(line.text) >= _SHORTEST_BROKEN_LABEL
        open_label = long and not cells and not line.text.endswith((".", ":", "：", "。"))
    return rows


def header_of(rows: Sequence[str]) -> str:
    """The rows above the first one with data, as one line; "" if the data begin at once.

    Rows whose only numbers are years, or one day of a month, hold no data.
    """
    above: list[str] = []
    for row in rows:
        cells = [cell for cell in cells_at_end(row) if any(map(str.isdigit, cell))]
        day = len(cells) == 1 and cells[0].isdigit() and len(cells[0]) < 3
        if cells and not day and not all(map(_YEAR.match, cells)):
            break
        above.append(row)
    header = " ".join(above)
    found = 0 < len(above) < len(rows) and not header.endswith((":", "："))
    return header if found and len(header) <= _LONGEST_HEADER else ""


def without_running_lines(pages: Sequence[Page]) -> list[Page]:
    """The pages without running heads, feet and page numbers.

    What one says is kept where it stands for the first time, unless it is but a page number.
    """
    orders = [sorted(range(len(p.lines)), key=lambda i: -p.lines[i].y) for p in pages]
    texts = [[p.lines[i].text for i in order] for p, order in zip(pages, orders, strict=True)]
    told: set[str] = set()
    kept_pages = []
    for page, order, repeated in zip(pages, orders, repeated_lines(texts), strict=True):
        drop = set()
        for place in repeated:
            text = page.lines[order[place]].text
            words = _WORDS_OF_HEAD.findall(text)
            said = " ".join(words)
            if len(words) < 2 or said in told:
                drop.add(order[place])
            told.add(said)
        kept = [line for i, line in enumerate(page.lines) if i not in drop]
        kept_pages.append(Page(page.number, kept))
    return kept_pages
