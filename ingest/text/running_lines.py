"""Lines that stand on nearly every page: running heads, feet and page numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

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
