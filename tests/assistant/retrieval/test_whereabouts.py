"""Where a passage stands, in words."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.retrieval.whereabouts import location_of
from tests.assistant.passages import make_chunk


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({}, ""),
        ({"page_start": 2, "headings": ("Leave", "Annual leave")}, "page 2 · Leave › Annual leave"),
        ({"page_start": 2, "page_end": 2}, "page 2"),
        ({"page_start": 2, "page_end": 3}, "pages 2–3"),
        ({"sheet": "Prices", "row_start": 5, "row_end": 5}, "sheet Prices, row 5"),
        ({"sheet": "Prices", "row_start": 5, "row_end": 9}, "sheet Prices, rows 5–9"),
        ({"headings": ("Leave",)}, "Leave"),
    ],
)
def test_location_names_page_sheet_rows_and_headings(place: dict[str, Any], expected: str) -> None:
    """As one would tell a colleague where to look."""
    assert location_of(make_chunk("text", **place)) == expected
