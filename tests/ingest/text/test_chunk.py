"""Chunks: exact, whole, inside their sections, of the right size."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.parsers.canonical.assemble import Assembler
from ingest.text.chunk import chunk_document, count_tokens
from ingest.text.composed import embedded_text
from ingest.types import BlockKind, ParsedDocument

_TEXT = st.text(
    alphabet=st.sampled_from("abc XYZ 。，年假报销🎉\n.!?1,0 é\u00a0"), min_size=0, max_size=400
)
_PIECE = st.one_of(
    st.tuples(st.just("heading"), _TEXT, st.integers(1, 4)),
    st.tuples(st.just("paragraph"), _TEXT, st.none()),
    st.tuples(st.just("list"), _TEXT, st.none()),
    st.tuples(st.just("code"), _TEXT, st.none()),
    st.tuples(st.just("row"), _TEXT, st.integers(1, 9)),
)


def _document(pieces: list[tuple[str, str, int | None]]) -> ParsedDocument:
    made = Assembler()
    for kind, text, number in pieces:
        if kind == "heading":
            made.heading(text, number or 1)
        elif kind == "row":
            made.row(" ".join(text.split()), number, header="Name | Price", sheet="Prices")
        else:
            made.block(BlockKind(kind), text)
    return made.document("Title")


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECE, max_size=12))
def test_chunks_are_exact_ordered_and_lose_nothing(
    pieces: list[tuple[str, str, int | None]],
) -> None:
    """Every character that is not white space is in exactly one chunk, at its own offsets."""
    document = _document(pieces)
    chunks = chunk_document(document, target=40, limit=60)
    position = 0
    for ordinal, chunk in enumerate(chunks):
        assert chunk.ordinal == ordinal
        assert document.text[position : chunk.start].strip() == ""
        assert document.text[chunk.start : chunk.end].strip() != ""
        position = chunk.end
    assert document.text[position:].strip() == ""


@settings(max_examples=100, deadline=None)
@given(st.lists(_PIECE, max_size=12))
def test_no_chunk_goes_on_past_a_heading_of_the_same_or_a_higher_level(
    pieces: list[tuple[str, str, int | None]],
) -> None:
    """Inside a chunk, headings only go deeper."""
    document = _document(pieces)
    for chunk in chunk_document(document, target=40, limit=60):
        levels = [
            block.level
            for block in document.blocks
            if block.kind is BlockKind.HEADING and chunk.start <= block.start < chunk.end
        ]
        assert levels == sorted(set(levels))


@settings(max_examples=100, deadline=None)
@given(st.lists(_PIECE, max_size=8))
def test_chunks_keep_to_the_limit(pieces: list[tuple[str, str, int | None]]) -> None:
    """A chunk exceeds the limit only by its headings."""
    document = _document(pieces)
    for chunk in chunk_document(document, target=40, limit=60):
        headings = sum(
            block.end - block.start
            for block in document.blocks
            if block.kind is BlockKind.HEADING and chunk.start <= block.start < chunk.end
        )
        assert chunk.token_count <= 60 + headings + 1


def test_rows_of_a_split_table_carry_their_header() -> None:
    """A long table becomes several chunks, and each shows what its columns mean."""
    made = Assembler()
    made.heading("Prices", 1)
    made.row("Item | Price", 1)
    for number in range(2, 60):
        made.row(f"Instrument number {number} | {number * 10} EUR", number, header="Item | Price")
    document = made.document("Price list")
    chunks = chunk_document(document, target=60, limit=90)
    assert len(chunks) > 3
    assert chunks[0].table_header is None
    assert {chunk.table_header for chunk in chunks[1:]} == {"Item | Price"}
    assert "Item | Price" in embedded_text(document, chunks[-1])
    assert chunks[-1].row_end == 59
    for before, after in pairwise(chunks):
        assert before.row_end is not None
        assert after.row_start == before.row_end + 1


def test_headings_and_title_travel_with_the_embedded_text() -> None:
    """The embedded form of a chunk begins with title and heading path."""
    made = Assembler()
    made.heading("Leave", 1)
    made.heading("Annual leave", 2)
    made.block(BlockKind.PARAGRAPH, "You have 25 days.")
    document = made.document("Handbook")
    (chunk,) = chunk_document(document, target=170, limit=256)
    assert embedded_text(document, chunk).startswith("Handbook › Leave › Annual leave\n")


def test_tokens_count_words_and_weigh_chinese_characters() -> None:
    """Three words are three; five Chinese characters weigh as much."""
    assert count_tokens("three small words") == 3
    assert count_tokens("年假二十天") == 3
