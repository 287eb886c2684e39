"""Footnote marks in an answer's text, and where they lead."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from api.asking.footnotes import document_url, passage_url, pieces
from assistant.types import Statement, Verdict
from tests.api.bots.answers import answer, citation


def test_marks_are_told_from_the_words() -> None:
    """A mark after a statement is a footnote."""
    found = [(one.text, one.citation and one.citation.number) for one in pieces(answer())]
    assert found == [("Annual leave is 25 days", None), (" ", None), ("[1]", 1), (".", None)]


def test_a_documents_own_brackets_are_no_marks() -> None:
    """What a quoted document writes as [1] is part of its words."""
    quoted = Statement("see note [1] below", (1,), Verdict.SUPPORTED)
    made = answer("see note [1] below [1].", statements=(quoted,))
    assert [one.text for one in pieces(made) if one.citation] == ["[1]"]
    assert next(pieces(made)).text == "see note [1] below"


def test_numbers_without_citation_are_no_marks() -> None:
    """Only given footnotes count."""
    assert all(one.citation is None for one in pieces(answer("x [7]")))


@given(
    st.text(st.sampled_from("ab[]12 ."), max_size=40),
    st.lists(st.text(st.sampled_from("ab[]12 ."), max_size=5), max_size=5),
)
def test_pieces_are_the_whole_text(text: str, statements: list[str]) -> None:
    """Nothing of a text is lost or doubled, whatever its statements are."""
    made = answer(
        text,
        statements=tuple(Statement(one, (), Verdict.SUPPORTED) for one in statements),
        citations=(citation(1), citation(2)),
    )
    assert "".join(one.text for one in pieces(made)) == text


def test_addresses_are_quoted() -> None:
    """An odd document id can't leave its place in the address."""
    odd = citation(document_id="a/../b?c")
    assert passage_url("https://kb.example.com/", odd) == (
        "https://kb.example.com/d/a%2F..%2Fb%3Fc?version=3&start=10&end=36"
    )


def test_without_public_address_there_are_no_addresses() -> None:
    """A server that doesn't know how people reach it makes no broken links."""
    assert passage_url("", citation()) == document_url("", "doc_1") == ""
