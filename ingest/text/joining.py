"""Lines of a page joined into running text, hyphenated words made whole."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

# Han, kana and full-width punctuation: scripts that break lines anywhere and know no spaces.
_SPACELESS = (
    r"\u2e80-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uff60\U00020000-\U0003134f"
)


_ENDS_SPACELESS = re.compile(rf"[{_SPACELESS}…—“”‘’]\Z")


_STARTS_SPACELESS = re.compile(rf"[{_SPACELESS}…—“”‘’]")


_HAS_SPACELESS = re.compile(rf"[{_SPACELESS}]")


_BROKEN_WORD = re.compile(r"(?<![^\W_])((?:[^\W\d_]+[-‐])*)([^\W\d_]+)[-‐]\Z")


_FIRST_WORD = re.compile(r"[^\W\d_]+")


_TIED_HYPHEN = re.compile(r"[\w.][-‐–—/]\Z")


_FIRST_HALVES = frozenset(
    re.findall(
        r"\w+",
        """brand case cost cross data day decision drug end face fast first five four free full
        half hard high job large last left level long low market medium middle new next non one
        peer performance price problem profit quality question rate real red right risk role
        second self semi seven short single six small state subject tax team ten third three
        time top two user value well world year zero""",
    )
)
"""Words that start a compound more often than they are one half of a broken word."""


def join_lines(lines: Sequence[str], known: Container[str] = (), *, hyphenated: bool = True) -> str:
    """The lines of one paragraph as one line.

    A Latin word broken by a hyphen at a line's end is put together ("exam-" + "ple"), unless it
    is a compound ("long-" + "term", "COVID-" + "19"), whose hyphen stays. `known` holds words
    in lower case that occur elsewhere in the document and settles what is which; with
    `hyphenated` false (the document breaks no words) the hyphen stays unless `known` has the
    whole word. Lines that meet in Chinese or Japanese are joined without a space, all others
    with one.
    """
    parts: list[str] = []
    last = ""
    for line in lines:
        line = line.strip()
        if not line:
            continue
        if last:
            glue, cut = _seam(last, line, known, hyphenated)
            if cut:
                parts[-1] = parts[-1][:-1]
            parts.append(glue)
        parts.append(line)
        last = line
    return "".join(parts)


def _seam(last: str, line: str, known: Container[str], hyphenated: bool) -> tuple[str, bool]:
    """What comes between two lines, and whether the hyphen at the end of the first goes."""
    if last[-1] in "-‐":
        broken = _BROKEN_WORD.search(last)
        first = _FIRST_WORD.match(line)
        if broken and first and line[0].islower():
            return "", not _is_compound(broken, first[0], known, hyphenated)
    if _TIED_HYPHEN.search(last):
        return "", False
    if _ENDS_SPACELESS.search(last) and _STARTS_SPACELESS.match(line):
        joins = _HAS_SPACELESS.search(last[-2:] + line[:2]) is not None
        return ("" if joins else " "), False
    if _HAS_SPACELESS.match(last[-1]) or _HAS_SPACELESS.match(line):
        return "", False
    return " ", False


def _is_compound(
    broken: re.Match[str], right: str, known: Container[str], hyphenated: bool
) -> bool:
    """Whether the hyphen belongs to the word; `broken` is what is tied to it on the left."""
    left, right = broken[2].lower(), right.lower()
    if left + right in known:
        return False
    if f"{left}-{right}" in known or not hyphenated:
        return True
    return bool(broken[1]) or left in _FIRST_HALVES
