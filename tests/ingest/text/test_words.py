"""The words that both sides of a search agree on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.text.words import analyse, terms


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("What does err-4042 mean?", "Error ERR-4042: the pump is dry."),
        ("4042", "Error ERR-4042"),
        ("TKT 1234", "see TKT-1234"),
        ("employees leaving", "An employee leaves"),
        ("http server", "the HTTPServer class"),
        ("1000 euros", "at most 1,000 euro"),
        ("２５ days", "25 days"),
        ("年假", "员工享有带薪年假。"),
        ("員工", "员工手册"),
        ("v2.1", "release v2.1 is out"),
        ("カメラ", "このカメラは"),
        ("工龄满十年", "满10年不满20年"),
    ],
)
def test_question_and_passage_share_a_term(question: str, passage: str) -> None:
    """Forms of one word, width, script and punctuation do not keep them apart."""
    assert set(terms(question)) & set(terms(passage))


def test_an_identifier_is_kept_whole_beside_its_parts() -> None:
    """So that the exact code outranks one that shares a part."""
    assert {"err-4042", "err", "4042"} <= set(terms("ERR-4042"))


def test_stop_words_are_no_terms() -> None:
    """Words that say nothing are not searched for."""
    assert terms("What is the of and") == []
    assert analyse("的了是").words == ()


@given(st.text())
def test_terms_of_any_text_hold_no_white_space(text: str) -> None:
    """The index splits at white space, so a term must never contain any."""
    for term in terms(text):
        assert term
        assert not any(character.isspace() for character in term)


@given(st.text(alphabet=st.sampled_from("a-B9'. ,/年假十天员工の가é％")) | st.text())
def test_one_reading_gives_the_terms_that_passages_have(text: str) -> None:
    """A question's terms are those of a passage with its words."""
    assert list(analyse(text).terms) == terms(text)


def test_content_words_are_stems_without_parts_and_bigrams() -> None:
    """They are what a translation is looked up for."""
    found = analyse("Employees' annual leave in err-4042 报销制度")
    assert found.words == ("employe", "annual", "leav", "err", "4042", "报销", "制度")
