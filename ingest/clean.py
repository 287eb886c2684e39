"""Characters and lines set right: what every parser does to text before it becomes canonical.

Pure functions. Nothing here changes what a text says: NFC is used and not NFKC, because NFKC
would turn "x²" into "x2" and full-width Chinese punctuation into ASCII.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterator, Sequence

_CODE_POINTS_OF_NO_TEXT = (
    r"\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # control characters but tab and line ends
    r"\xad"  # soft hyphen
    r"\u034f\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\ud800-\udfff"  # lone surrogates: no encoding can hold them
    r"\ufdd0-\ufdef\ufffe\uffff"
)
_SPACES = r"\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"
_LIGATURES = {
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
    "\ufb05": "st",
    "\ufb06": "st",
}
# Bullets of the Symbol and Wingdings fonts, which office files leave in the private use area.
_BULLETS = dict(zip("\uf0b7\uf0a7\uf0d8\uf0fc\uf06c\uf06e", "•▪➢✓●■", strict=True))
# PDF writers name Chinese glyphs by their radical, which looks the same and is never searched.
_RADICALS = dict(
    zip(
        "⺟⻁⻄⻅⻆⻉⻋⻓⻔⻘⻚⻛⻜⻝⻢⻣⻤⻥⻦⻨⻩⻬⻮⻰⻳",
        "母虎西见角贝车长门青页风飞食马骨鬼鱼鸟麦黄齐齿龙龟",
        strict=True,
    )
)
_ODD = re.compile(
    rf"\r\n?|[\x0b\x0c\x85\u2028\u2029]|[{_SPACES}]|[\ufb00-\ufb06]|[\u2f00-\u2fd5]"
    rf"|[{''.join(_RADICALS)}]|[{''.join(_BULLETS)}]"
    # The two joiners shape letters of some scripts and emoji; elsewhere they are invisible.
    r"|(?<![\u0600-\u1fff\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])[\u200c\u200d]+"
    rf"|[{_CODE_POINTS_OF_NO_TEXT}]"
)
_ODD_ASCII = re.compile(r"\r\n?|[\x0b\x0c]|[\x00-\x08\x0e-\x1f\x7f]")


def mend(text: str) -> str:
    """`text` in NFC without invisible characters; lines end in "\\n", odd spaces are spaces.

    Ligatures (ﬁ) become letters, soft hyphens, zero-width and control characters and lone
    surrogates go, non-breaking and other wide spaces become spaces (tabs stay). A second call
    changes nothing.
    """
    if text.isascii():
        return _ODD_ASCII.sub(_replacement, text)
    return unicodedata.normalize("NFC", _ODD.sub(_replacement, text))


def _replacement(match: re.Match[str]) -> str:
    char = match[0][0]
    if char in "\r\x0b\x0c\x85\u2028\u2029":
        return "\n"
    if char in _LIGATURES:
        return _LIGATURES[char]
    if char in _BULLETS:
        return _BULLETS[char]
    if "\u2f00" <= char <= "\u2fd5":
        return unicodedata.normalize("NFKC", char)
    if char in _RADICALS:
        return _RADICALS[char]
    return " " if unicodedata.category(char) == "Zs" else ""


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


EDGE_LINES = 3
"""Running heads and feet are looked for among so many lines at a page's top and bottom."""

_NEIGHBOURS = 5
"""Pages before and after that are looked at: each part of a file has its own heads and numbers."""

_LEAST_PAGES = 3
_LEAST_SHARE = 0.4
"""Left and right pages often carry different heads, so less than half of the pages must do."""

_LONGEST_RUNNING = 200
_LONGEST_PAGE_NUMBER = 5
_DIGITS = re.compile(r"\d+")


_Sign = tuple[bool, str, int | None]


def repeated_lines(pages: Sequence[Sequence[str]]) -> tuple[frozenset[int], ...]:
    """Which lines of each page are running heads, feet or page numbers: indices by page.

    A line counts if it stands among the first or last `EDGE_LINES` of its page (fewer on short
    pages) and comes back on at least 3 pages and 40 % of those close by, either to the letter or
    with a number that rises with the page ("Page 3 of 9"; for these two pages are enough). Two
    tables that share a header but not the numbers are thus left alone.
    """
    seen: dict[_Sign, set[int]] = {}
    lines_at: list[list[tuple[int, list[_Sign]]]] = []
    for page, lines in enumerate(pages):
        candidates = [
            (at, list(_signs(lines[at], top, page))) for at, top in _edge_lines(len(lines))
        ]
        lines_at.append(candidates)
        for _, signs in candidates:
            for sign in signs:
                seen.setdefault(sign, set()).add(page)
    return tuple(
        frozenset(
            at
            for at, signs in candidates
            if any(_is_usual(sign, seen[sign], page, len(pages)) for sign in signs)
        )
        for page, candidates in enumerate(lines_at)
    )


def _edge_lines(count: int) -> Iterator[tuple[int, bool]]:
    """Indices of the lines at a page's edges, and whether it is the top one."""
    for index in range(min(EDGE_LINES, (count + 2) // 3)):
        yield index, True
        yield count - 1 - index, False


def _signs(line: str, top: bool, page: int) -> Iterator[_Sign]:
    """What other pages' lines share with a running line: its words, or words and a page number."""
    line = " ".join(line.split())
    if not line or len(line) > _LONGEST_RUNNING:
        return
    yield top, line, None
    masked = _DIGITS.sub("0", line)
    for place, number in enumerate(_DIGITS.findall(line)):
        if len(number) <= _LONGEST_PAGE_NUMBER:
            yield top, f"{place} {masked}", int(number) - page


def _is_usual(sign: _Sign, on: set[int], page: int, count: int) -> bool:
    numbered = sign[2] is not None
    least = 2 if count == 2 and numbered else _LEAST_PAGES
    if len(on) < least:
        return False
    near = range(max(0, page - _NEIGHBOURS), min(count, page + _NEIGHBOURS + 1))
    return sum(other in on for other in near) >= max(least, _LEAST_SHARE * len(near))
