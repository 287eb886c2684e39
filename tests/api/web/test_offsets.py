"""Code points of the server against UTF-16 units of the browser, in the browser itself."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

# Plain letters, two-byte, three-byte and four-byte characters, joiners; no lone surrogates, which
# cannot travel in UTF-8.
SIGNS = st.sampled_from(["a", "é", "中", "𠮷", "🎉", "👩\u200d🍳", "\n", "\u0301", "𩸽"])
TEXTS = st.lists(SIGNS, max_size=30).map("".join)

SLICES = """async (cases) => {
  const { CodePoints } = await import("/web/viewer/offsets.js");
  return cases.map(([text, start, end]) => {
    const points = new CodePoints(text);
    return [points.length, points.slice(start, end), points.point(points.unit(start))];
  });
}"""


@given(cases=st.lists(st.tuples(TEXTS, st.integers(0, 70), st.integers(0, 70)), min_size=40))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_slice_is_the_same_as_pythons(modules: Page, cases: list[tuple[str, int, int]]) -> None:
    """For any text, `slice(start, end)` is `text[start:end]` and offsets survive the round trip."""
    cases = [(text, min(a, b), max(a, b)) for text, a, b in cases]
    found = modules.evaluate(SLICES, cases)
    assert found == [
        [len(text), text[start:end], min(start, len(text))] for text, start, end in cases
    ]


def test_offsets_deep_in_a_long_text_are_exact(modules: Page) -> None:
    """The sparse index is right beyond, at and before its marks (each 1024 code points)."""
    text = "".join("🎉" if index % 7 == 0 else "字" for index in range(5000))
    cases = [(text, at, at + 3) for at in (0, 1023, 1024, 1025, 2047, 2048, 4096, 4997, 5000)]
    found = modules.evaluate(SLICES, cases)
    assert [row[1] for row in found] == [text[a:b] for _, a, b in cases]
    assert [row[2] for row in found] == [a for _, a, _ in cases]


def test_a_unit_inside_a_pair_belongs_to_its_code_point(modules: Page) -> None:
    """The second half of a surrogate pair is the same code point as the first."""
    found = modules.evaluate(
        """async () => {
          const { CodePoints } = await import("/web/viewer/offsets.js");
          const points = new CodePoints("a🎉b");
          return [0, 1, 2, 3, 4].map((unit) => points.point(unit));
        }"""
    )
    assert found == [0, 1, 1, 2, 3]
