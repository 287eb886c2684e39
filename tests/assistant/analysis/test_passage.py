"""A passage cut into sentences says the same as the passage read whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.analysis.passage import LONGEST_QUOTE, PassageText, Wordings
from ingest.text.chunk import chunk_document
from ingest.text.words import terms
from ingest.types import Block, BlockKind, ParsedDocument
from tests.assistant.passages import static_model
from tests.repository import ROOT

PAGES = sorted((ROOT / "data" / "company").rglob("*.md"))


def cut(text: str) -> PassageText:
    """The text as a passage's."""
    return PassageText(text, Wordings(static_model()))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_sentences_hold_the_words_of_the_whole_text(page: Path) -> None:
    """Both for the lexical index and for the static model, in English and in Chinese."""
    text = page.read_text(encoding="utf-8")
    found = cut(text)
    assert found.terms(0, len(text)) == frozenset(terms(text))
    rows = [row for one in found.sentences for row in one.wording.rows.tolist()]
    assert rows == static_model().vocabulary.rows(text)


@given(st.text(alphabet="ab 。.!?\n；;，,好是|#-1", max_size=2000))
def test_pieces_are_short_and_lose_nothing(text: str) -> None:
    """Whatever the text: in order, each inside its sentence, all that is not white space."""
    found = cut(text)
    ends = [0]
    for one in found.pieces:
        assert ends[-1] <= one.start < one.end <= one.start + LONGEST_QUOTE
        assert text[one.start : one.end] == one.text == one.text.strip()
        ends.append(one.end)
    assert "".join("".join(one.text for one in found.pieces).split()) == "".join(text.split())


def test_a_text_is_one_wording_however_many_passages_hold_it() -> None:
    """Passages of one answer overlap; what they share is analysed for all of them."""
    wordings = Wordings(static_model())
    first = PassageText("Leave is 25 days. Trains are booked.", wordings)
    second = PassageText("Trains are booked. Flights need approval.", wordings)
    assert first.sentences[1].wording is second.sentences[0].wording


LONG_LIST = ", ".join(f"Hall {i} holds pump ERR-{4000 + i}" for i in range(60))
CURL = "\n".join(f"curl -s http://example.com/v1/things/{i} -H key \\" for i in range(80))


@pytest.mark.parametrize("text", [LONG_LIST, CURL, LONG_LIST.replace(", ", "，")])
def test_a_chunk_has_its_own_words_where_it_cuts_a_sentence(text: str) -> None:
    """A sentence that reaches beyond a chunk counts as far as the chunk goes."""
    block = Block(BlockKind.PARAGRAPH, 0, len(text))
    chunks = chunk_document(ParsedDocument("Halls", "en", text, (block,)), 60, 90)
    assert len(chunks) > 3
    found = cut(text)
    for one in chunks:
        assert found.terms(one.start, one.end) == frozenset(terms(text[one.start : one.end]))
