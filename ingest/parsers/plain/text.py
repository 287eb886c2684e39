"""Plain text, logs and reStructuredText: paragraphs, lists, simple headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from ingest.parsers.canonical.assemble import Assembler
from ingest.parsers.plain.decode import decode
from ingest.parsers.plain.headings import heading_level
from ingest.text.characters import mend
from ingest.text.joining import join_lines
from ingest.types import BlockKind, ParsedDocument

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_UNDERLINE = re.compile(r"([=\-~^*+#\"'`:.])\1{2,}\s*\Z")
_MARKER = re.compile(
    r"\s*(?:[-*+•‣▪●○■–]\s+|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)、]\s+|[（(][一二三四五六七八九十\d]{1,3}[）)]"
    r"|[①-⑳]\s*|\d{1,3}[、．]\s*)(?=\S)"
)
_CHAPTER = re.compile(r"\s*[第附]")
_ENUMERATED_CHINESE = re.compile(r"\s*[（(]?[一二三四五六七八九十]{1,3}[、）)]")
_ENUMERATIONS = (
    re.compile(r"\s*[一二三四五六七八九十]{1,3}、"),
    re.compile(r"\s*[（(][一二三四五六七八九十]"),
    re.compile(r"\s*\d{1,2}[.)]?\s"),
)
_INDENTED = re.compile(r" {4,}|\t")
_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60]")
_MID_SENTENCE = re.compile(r"\s*(?:[^\W\d_A-Z]|[(\"“‘，。、；：）」』])")
_QUOTED = re.compile(r"\s*>")
_ENDS_SENTENCE = re.compile(r"[.!?:;。！？：；…][\"'”’）)」』]*\Z")

_LONGEST_BLOCK = 1500
"""Characters; lines that belong to no paragraph (a log) are cut into blocks of this size."""

_LONG_LINE = 110
"""Columns; nobody breaks lines by hand so late, so such a line is a paragraph of its own."""

_MOST_LINES = 400
"""A group of more lines without a gap is a log or a table, and is handed on in pieces."""


def parse(data: bytes, name: str) -> ParsedDocument:
    """The text file as blocks; hard-wrapped paragraphs are joined, other line breaks stay.

    Raises:
        ParseError: the bytes are not text.
    """
    assembler = Assembler()
    title = add_text(assembler, mend(decode(data)))
    return assembler.document(title or PurePosixPath(name).stem)


def add_text(assembler: Assembler, text: str) -> str:
    """Adds clean text block by block; the text of its first heading if it begins with one."""
    return _Reader(assembler).read(text)


class _Reader:
    """One pass over the groups of lines between empty lines."""

    def __init__(self, assembler: Assembler) -> None:
        self._out = assembler
        self._underlines: dict[str, int] = {}
        self._title = ""
        self._anything = False
        self._last = ""

    def read(self, text: str) -> str:
        previous: list[str] | None = None
        for group in _groups(text):
            if previous is not None:
                self._group(previous, after=group)
            previous = group
        if previous is not None:
            self._group(previous, after=[])
        return self._title

    def _group(self, lines: list[str], after: list[str]) -> None:
        """Adds the headings in a group of lines, and what stands between them."""
        start = at = 0
        while at < len(lines):
            taken = self._underlined(lines[at:]) if at == start else 0
            level = None if taken else _level_in_group(lines, at, after, self._last)
            if taken or level is not None:
                self._blocks(lines[start:at])
                if level is not None:
                    self._heading(lines[at], level)
                at += taken or 1
                start = at
            else:
                at += 1
            self._last = lines[at - 1]
        self._blocks(lines[start:])

    def _blocks(self, lines: list[str]) -> None:
        if not lines:
            return
        self._anything = True
        if all(map(_INDENTED.match, lines)) and not _MARKER.match(lines[0]):
            self._out.block(BlockKind.CODE, "\n".join(lines))
        elif all(map(_QUOTED.match, lines)):
            unquoted = [line.lstrip()[1:].strip() for line in lines]
            self._out.block(BlockKind.QUOTE, _flowing(unquoted))
        else:
            for kind, piece in _pieces(lines):
                self._out.block(kind, piece)

    def _underlined(self, lines: list[str]) -> int:
        """Adds a title that is underlined (and perhaps overlined); how many lines it took."""
        over = bool(_UNDERLINE.match(lines[0])) and len(lines) >= 3
        title_at = 1 if over else 0
        if len(lines) < title_at + 2:
            return 0
        title, line = lines[title_at].rstrip(), lines[title_at + 1]
        mark = _UNDERLINE.match(line)
        fits = len(line.strip()) >= 0.5 * len(title.strip()) and len(title) <= 120
        if mark is None or not fits or _UNDERLINE.match(title) or not title.strip():
            return 0
        style = mark[1] * (2 if over else 1)
        level = self._underlines.setdefault(style, len(self._underlines) + 1)
        self._heading(title, level)
        return title_at + 2

    def _heading(self, text: str, level: int) -> None:
        if not self._anything:
            self._title = text.strip()
            level = 1 if text.isupper() else level
        self._anything = True
        self._out.heading(text, level)


def _groups(text: str) -> Iterator[list[str]]:
    """Runs of lines without an empty one between them, right-stripped, tabs kept."""
    group: list[str] = []
    for match in _LINE.finditer(text):
        line = match[0].rstrip()
        if line:
            group.append(line)
        if group and (not line or len(group) >= _MOST_LINES):
            yield group
            group = []
    if group:
        yield group


def _level_in_group(lines: list[str], at: int, after: list[str], last: str) -> int | None:
    """The level of line `at` as a heading by its words; None if it is rather text.

    `last` is the line above, `after` the next group. Enumerated lines above each other are a
    list, not headings without text. Outside Chinese, a heading stands alone.
    """
    line = lines[at]
    level = heading_level(line)
    if level is None:
        return None
    if _CHAPTER.match(line):
        return level
    below = lines[at + 1] if at + 1 < len(lines) else next(iter(after), None)
    alone = len(lines) == 1
    if below is None or not (alone or _ENUMERATED_CHINESE.match(line)):
        return None
    return None if _same_list(last, line) or _same_list(line, below) else level


def _same_list(one: str, other: str) -> bool:
    return any(pattern.match(one) and pattern.match(other) for pattern in _ENUMERATIONS)


def _pieces(lines: list[str]) -> Iterator[tuple[BlockKind, str]]:
    """The list items and the paragraphs of one group of lines."""
    run: list[str] = []
    item = False
    indent = 0
    for line in lines:
        marked = _MARKER.match(line)
        deeper = len(line) - len(line.lstrip()) > indent
        if marked or (item and not deeper and _ENDS_SENTENCE.search(run[-1])):
            yield from _finished(run, item)
            run, item = [], bool(marked)
            indent = len(line) - len(line.lstrip())
        run.append(line)
    yield from _finished(run, item)


def _finished(run: list[str], item: bool) -> Iterator[tuple[BlockKind, str]]:
    if item:
        yield BlockKind.LIST, join_lines(run)
    elif run:
        yield from ((BlockKind.PARAGRAPH, text) for text in _paragraphs(run))


def _paragraphs(lines: list[str]) -> Iterator[str]:
    """Wrapped lines as one paragraph, very long lines each as one, others line by line."""
    if len(lines) == 1 or _is_wrapped(lines):
        yield join_lines(lines)
        return
    kept: list[str] = []
    size = 0
    sentences = sum(bool(_ENDS_SENTENCE.search(line)) for line in lines) > 0.5 * len(lines)
    for line in lines:
        alone = sentences or _columns(line) > _LONG_LINE
        if kept and (alone or size + len(line) > _LONGEST_BLOCK):
            yield "\n".join(kept)
            kept, size = [], 0
        if alone:
            yield line.strip()
        else:
            kept.append(line.strip())
            size += len(line) + 1
    if kept:
        yield "\n".join(kept)


def _is_wrapped(lines: list[str]) -> bool:
    """Whether one paragraph was broken by a line length: all lines but the last are near it."""
    widths = [_columns(line) for line in lines]
    widest = max(widths)
    if widest > _LONG_LINE or widest < 30 or widths[-1] > widest:
        return False
    breaks = len(lines) - 1
    full = sum(width >= 0.7 * widest for width in widths[:-1])
    ends = sum(bool(_ENDS_SENTENCE.search(line)) for line in lines[:-1])
    # Running text goes on in the middle of a sentence; the lines of a log all begin anew.
    goes_on = sum(bool(_MID_SENTENCE.match(line)) for line in lines[1:])
    return full >= 0.9 * breaks and ends <= 0.5 * breaks and goes_on >= 0.4 * breaks


def _flowing(lines: list[str]) -> str:
    return "\n".join(_paragraphs([line for line in lines if line])) if any(lines) else ""


def _columns(line: str) -> int:
    if len(line) > _LONG_LINE:
        return len(line)
    return len(line) + len(_WIDE.findall(line))
