"""The lines of a page's text, with where they stand and how large and bold they are."""

from __future__ import annotations

import re
from ctypes import c_double, create_string_buffer
from itertools import pairwise
from math import hypot
from typing import Any

from ingest.parsers.pdf.lines import Line, tidied
from ingest.text.characters import mend

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
_REGULAR, _BOLD = 400, 700
_BOLD_NAME = re.compile(rb"bold|black|heavy|demi", re.I)


def measured_lines(text_page: Any) -> list[Line]:
    """The lines of a page's text layer (pdfium's), upright; none where it cannot be read."""
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
