"""Where in its document a passage stands, as people say it."""

from __future__ import annotations

from assistant.types import Passage


def location_of(passage: Passage) -> str:
    """For instance "page 2 · Leave › Annual leave" or "sheet Prices, row 5"; "" if unknown."""
    parts = [_place(passage), " › ".join(passage.headings)]
    return " · ".join(part for part in parts if part)


def _place(passage: Passage) -> str:
    parts = []
    if passage.page is not None:
        parts.append(_range("page", passage.page, passage.page_end))
    if passage.sheet:
        parts.append(f"sheet {passage.sheet}")
    if passage.row_start is not None:
        parts.append(_range("row", passage.row_start, passage.row_end))
    return ", ".join(parts)


def _range(what: str, first: int, last: int | None) -> str:
    return f"{what} {first}" if last in (None, first) else f"{what}s {first}–{last}"
