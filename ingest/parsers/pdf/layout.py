"""From the lines of pages to headings, paragraphs, lists and table rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from ingest.parsers.canonical.assemble import Assembler
from ingest.parsers.pdf.lines import Line, Page, header_of, rows_among, table_rows
from ingest.parsers.pdf.typography import (
    LONGEST_HEADING,
    MOST_HEADING_LINES,
    Typography,
    may_head,
    title_of,
)
from ingest.parsers.plain.headings import heading_level
from ingest.text.joining import join_lines
from ingest.types import BlockKind


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """A bookmark: its title, its depth (1 = outermost) and the page that it points to."""

    title: str
    level: int
    page: int


_LEADERS = re.compile(r"(?:[.·…‥_]\s?){4,}")
_BULLET = re.compile(
    r"(?:[•‣▪●○■□◦➢✓▸►◆❖·∙*o–-]\s+|[•●■▪➢✓]|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)]\s+"
    r"|[（(][一二三四五六七八九十\d]{1,3}[）)]|[①-⑳]\s*|\d{1,3}、)(?=\S)"
)
_ENDS_SENTENCE = re.compile(r"[.!?:;。！？：；…][\"'”’）)」』\d]{0,3}\Z")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")

_HYPHENATED = 0.02
"""Where fewer lines end with a hyphen, words are not broken and such hyphens are their own."""


def words_of(pages: Sequence[Page]) -> frozenset[str]:
    """All words of the document in lower case, compounds also whole; ends of lines left out."""
    return frozenset(
        word
        for page in pages
        for line in page.lines
        for word in _WORD.findall(line.text.rstrip("-").lower())
    )


def add_pages(
    assembler: Assembler, pages: Sequence[Page], outline: Sequence[OutlineEntry] = ()
) -> str:
    """Adds all pages' blocks to `assembler`, each with its page; the title that page 1 shows.

    Headings are the lines that the outline names, those in larger or bolder type, and those
    that say so by their words ("第一章", "2.1 Scope"). No block goes over the end of a page.
    """
    usual = Typography.of(pages)
    hyphens = sum(line.text.endswith("-") for page in pages for line in page.lines)
    lines = sum(len(line.text) > 30 for page in pages for line in page.lines)
    known = words_of(pages) if hyphens else frozenset()
    join = partial(join_lines, known=known, hyphenated=hyphens >= _HYPHENATED * lines)
    entries: dict[int, list[OutlineEntry]] = {}
    for entry in outline:
        entries.setdefault(entry.page, []).append(entry)
    above_styles = max((entry.level for entry in outline), default=0)
    for page in pages:
        layout = _PageLayout(page, usual, entries.get(page.number, ()), above_styles)
        layout.add_to(assembler, join)
    return title_of(pages, usual)


class _PageLayout:
    """One page while its lines become blocks."""

    def __init__(
        self,
        page: Page,
        usual: Typography,
        outline: Sequence[OutlineEntry],
        above_styles: int,
    ) -> None:
        self._page = page
        self._lines = page.lines
        self._usual = usual
        self._titles = {_bare(entry.title): entry.level for entry in outline}
        self._above_styles = above_styles
        self._rows = rows_among(page.lines, usual.stretch)
        self._columns = _column_edges(page.lines, self._rows)

    def add_to(self, out: Assembler, join: Callable[[Sequence[str]], str]) -> None:
        number = self._page.number
        at = 0
        while at < len(self._lines):
            heading = None if self._rows[at] else self._heading(at)
            if heading is not None:
                level, end = heading
                out.heading(join(self._texts(at, end)), level, page=number)
            elif self._rows[at]:
                end = self._end_of_table(at)
                self._add_table(out, at, end)
            else:
                end = self._end_of_paragraph(at)
                kind = (
                    BlockKind.LIST if _BULLET.match(self._lines[at].text) else BlockKind.PARAGRAPH
                )
                out.block(kind, join(self._texts(at, end)), page=number)
            at = end

    def _texts(self, start: int, end: int) -> list[str]:
        return [_LEADERS.sub(" ", line.text) for line in self._lines[start:end]]

    def _end_of_table(self, at: int) -> int:
        while at < len(self._lines) and self._rows[at]:
            at += 1
        return at

    def _add_table(self, out: Assembler, start: int, end: int) -> None:
        lines = [
            replace(line, text=" ".join(_LEADERS.sub(" ", line.text).split()))
            for line in self._lines[start:end]
        ]
        rows = table_rows(lines)
        header = header_of(rows)
        for number, row in enumerate(rows, start=1):
            above = header if row not in header else None
            out.row(row, number, header=above, page=self._page.number)

    def _heading(self, at: int) -> tuple[int, int] | None:
        """The level of the heading that begins here and where it ends; None if none does."""
        line = self._lines[at]
        if len(line.text) > LONGEST_HEADING:
            return None
        if self._titles:
            titled = self._titled(at)
            if titled is not None:
                return titled
        style = self._usual.style(line)
        rank = self._usual.ranks.get(style)
        if rank is not None and may_head(line.text):
            end = at + 1
            while end < len(self._lines) and self._goes_on(end, style):
                end += 1
            if end - at <= MOST_HEADING_LINES:
                return self._above_styles + rank, end
            return None
        level = heading_level(line.text) if self._stands_alone(at) else None
        if level is None:
            return None
        return self._above_styles + len(self._usual.ranks) + level, at + 1

    def _titled(self, at: int) -> tuple[int, int] | None:
        text = ""
        for end in range(at + 1, min(at + 1 + MOST_HEADING_LINES, len(self._lines) + 1)):
            text += _bare(self._lines[end - 1].text)
            level = self._titles.get(text)
            if level is not None:
                return level, end
            if not text or not any(title.startswith(text) for title in self._titles):
                return None
        return None

    def _goes_on(self, at: int, style: tuple[float, bool]) -> bool:
        """Whether the heading above runs on in this line."""
        line, above = self._lines[at], self._lines[at - 1]
        step = (above.y - line.y) / line.size
        return (
            not self._rows[at]
            and self._usual.style(line) == style
            and 0 < step < 1.25 * self._usual.leading
            and heading_level(line.text) is None
        )

    def _stands_alone(self, at: int) -> bool:
        """Whether more space than usual, or the page's edge, is above a line that ends early."""
        line = self._lines[at]
        if not self._is_short(at):
            return False
        if at == 0 or line.text[0] in "第附":
            return True
        step = (self._lines[at - 1].y - line.y) / line.size
        return not 0 < step < 1.2 * self._usual.leading

    def _is_short(self, at: int) -> bool:
        line = self._lines[at]
        edge = self._edge(at)
        return line.right < edge - 0.15 * (edge - line.left)

    def _edge(self, at: int) -> float:
        """How far to the right the column of line `at` goes.

        That is where at least three lines close by end together (justified text beside a
        picture), else where enough lines of the page that begin alike end.
        """
        line = self._lines[at]
        near = [
            other.right
            for other in self._lines[max(0, at - 4) : at + 5]
            if abs(other.left - line.left) < _BUCKET
            and abs(other.size - line.size) < 0.1 * line.size
        ]
        widest = max(near)
        slack = 0.03 * (widest - line.left)
        if sum(right >= widest - slack for right in near) >= 3:
            return widest
        column = round(line.left / _BUCKET)
        return max([line.right, *(self._columns.get(column + step, 0.0) for step in (-1, 0, 1))])

    def _end_of_paragraph(self, start: int) -> int:
        item = bool(_BULLET.match(self._lines[start].text))
        at = start + 1
        while at < len(self._lines) and not self._rows[at]:
            if self._breaks(start, at, item) or self._heading(at) is not None:
                break
            at += 1
        return at

    def _breaks(self, start: int, at: int, item: bool) -> bool:
        """Whether a new paragraph begins with line `at`."""
        line, above = self._lines[at], self._lines[at - 1]
        size = max(line.size, above.size)
        if abs(line.size - above.size) > 0.08 * size or _BULLET.match(line.text):
            return True
        step = (above.y - line.y) / size
        ended = bool(_ENDS_SENTENCE.search(above.text))
        if step < 0.3:  # up again, or beside: another column
            return ended or not _runs_on(above.text, line.text)
        if step > 1.3 * self._usual.leading:
            return True
        indent = (line.left - above.left) / size
        if item:
            hanging = line.left > self._lines[start].left + 0.3 * size
            if ended and not hanging:
                return True
        elif ended and abs(indent) > 1.2 and (indent > 0 or at - start > 1):
            return True
        return self._was_meant(at - 1, line.text, ended)

    def _was_meant(self, at: int, following: str, ended: bool) -> bool:
        """Whether line `at` ends early although the next word would have found room."""
        line = self._lines[at]
        edge = self._edge(at)
        word = following.split(" ", 1)[0]
        columns = min(len(word), 25) + 2
        room = (edge - line.right) / (line.size * self._usual.stretch * columns)
        return room > 1.2 and (ended or not following[:1].islower())


_BUCKET = 24.0
"""Points: lines that begin within so much of each other are held against one right edge."""


def _column_edges(lines: Sequence[Line], rows: Sequence[bool]) -> dict[int, float]:
    columns: dict[int, list[float]] = {}
    for line, row in zip(lines, rows, strict=True):
        if not row:
            columns.setdefault(round(line.left / _BUCKET), []).append(line.right)
    return {column: _supported_edge(rights) for column, rights in columns.items()}


def _supported_edge(rights: list[float]) -> float:
    """The right edge of a column but for the few lines that stick out of it."""
    ordered = sorted(rights, reverse=True)
    return ordered[min(len(ordered) - 1, len(ordered) // 10)]


def _runs_on(above: str, line: str) -> bool:
    return line[:1].islower() or (ord(above[-1]) > 0x2E7F and ord(line[0]) > 0x2E7F)


def _bare(title: str) -> str:
    """The letters and digits of a title, without the number before it."""
    return "".join(c for c in title.casefold().lstrip("0123456789. \t") if c.isalnum())
