"""The parser of server-sent events, fed in pieces of every size."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PARSE = """async (streams) => {
  const { EventParser } = await import("/web/shared/stream.js");
  return streams.map((pieces) => {
    const parser = new EventParser();
    return pieces.flatMap((piece) => parser.push(piece)).map(({ event, data }) => [event, data]);
  });
}"""

READ = """async (pieces) => {
  const { events } = await import("/web/shared/stream.js");
  let cancelled = false;
  const body = new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new Uint8Array(piece));
      controller.close();
    },
  });
  const found = [];
  for await (const { event, data } of events(body)) found.push([event, data]);
  return found;
}"""


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        ("data: x\n\n", [["message", "x"]]),
        ("event: token\ndata: x\n\n", [["token", "x"]]),
        ("data:x\n\n", [["message", "x"]]),
        ("data:  x\n\n", [["message", " x"]]),
        ("data: a\ndata: b\n\n", [["message", "a\nb"]]),
        ("data\n\n", [["message", ""]]),
        (": ping\n\n", []),
        ("event: lonely\n\ndata: x\n\n", [["message", "x"]]),
        ("id: 7\nretry: 10\ndata: x\n\n", [["message", "x"]]),
        ("\ufeffdata: x\n\n", [["message", "x"]]),
        ("data: unfinished\n", []),
        ('data: {"a": "b: c"}\n\n', [["message", '{"a": "b: c"}']]),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_rules_of_event_streams(
    modules: Page, stream: str, events: list[list[str]], end: str
) -> None:
    """Fields, comments, names and the three line ends are read as the standard says."""
    # The end of the line after the last CR shows that it was not the first half of CRLF.
    text = stream.replace("\n", end) + ("\n" if end == "\r" else "")
    assert modules.evaluate(PARSE, [[text]]) == [events]


@given(
    words=st.lists(st.text(st.sampled_from("ab 中🎉:"), max_size=6), max_size=5),
    cuts=st.lists(st.integers(0, 120), max_size=20),
    end=st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_pieces_of_any_size_give_the_same_events(
    modules: Page, words: list[str], cuts: list[int], end: str
) -> None:
    """Where the network cuts the bytes, in a character, a line end or a field, does not matter."""
    stream = "".join(f"event: token{end}data: {word}{end}{end}" for word in words).encode()
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    pieces = [list(stream[a:b]) for a, b in pairwise(edges)]
    assert modules.evaluate(READ, pieces) == [["token", word] for word in words]


def test_leaving_the_loop_cancels_the_request(modules: Page) -> None:
    """Whoever stops reading early releases the connection."""
    cancelled = modules.evaluate(
        """async () => {
          const { events } = await import("/web/shared/stream.js");
          let cancelled = false;
          const body = new ReadableStream({
            pull: (controller) => controller.enqueue(new TextEncoder().encode("data: x\\n\\n")),
            cancel: () => (cancelled = true),
          });
          for await (const event of events(body)) break;
          return cancelled;
        }"""
    )
    assert cancelled is True
