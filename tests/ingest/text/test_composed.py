"""A passage is embedded and indexed in the same form the first time and ever after."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.text.composed import embedded_row, embedded_text, indexed_text
from ingest.types import Chunk, IndexRow, ParsedDocument

TEXT = st.text(min_size=1, max_size=40).filter(lambda text: bool(text.strip()))
LINE = st.text(st.characters(exclude_categories=("C", "Z")), max_size=12)


@given(before=st.text(max_size=20), text=TEXT, header=st.none() | LINE, title=LINE, data=st.data())
def test_an_indexed_passage_is_embedded_as_its_chunk_was(
    before: str, text: str, header: str | None, title: str, data: st.DataObject
) -> None:
    """With a table's header or without one, whatever its title and headings say."""
    headings = tuple(data.draw(st.lists(st.just(title) | LINE, max_size=3)))
    start, end = len(before), len(before) + len(text)
    chunk = Chunk(0, start, end, headings, "en", 1, table_header=header)
    document = ParsedDocument(title, "en", before + text, ())
    row = IndexRow(1, 1, "en", "s", title, "p.md", headings, indexed_text(header, text))
    assert embedded_row(row) == embedded_text(document, chunk)
