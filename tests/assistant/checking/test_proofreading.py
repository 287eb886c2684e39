"""Exact quotes, verdicts and footnotes of drafts."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.analysis.passage import LONGEST_QUOTE
from assistant.checking.footnotes import Checked
from assistant.checking.proofreading import check
from assistant.types import Draft, DraftSentence, Mode, Passage, Status, Verdict
from ingest.models.static import StaticModel
from tests.assistant.passages import asked, make_passage, read, static_model

LEAVE = make_passage(
    "Employees in Rotterdam have 25 days of annual leave a year. Unused days carry over until "
    "31 March.\n\nLeave must be approved by the manager.",
    start=1000,
    headings=("Leave", "Annual leave"),
    page_start=2,
    owner="hr@example.com",
)
TRAVEL = make_passage(
    "Trains are booked by the office. Flights need the approval of a director if they cost more "
    "than 1,000 euros.",
    start=40,
    document_id="doc_2",
    title="Travel",
)
ZH = make_passage(
    "正式员工每年享有二十五天带薪年假。未休的年假可以结转到次年3月31日。病假需要医院证明。",
    start=7,
    document_id="doc_3",
    title="休假制度",
)
PASSAGES = (LEAVE, TRAVEL, ZH)


def drafted(*sentences: tuple[str, tuple[int, ...]] | DraftSentence, **more: Status) -> Draft:
    """A generated draft of sentences and the passages they name."""
    made = tuple(
        one if isinstance(one, DraftSentence) else DraftSentence(*one) for one in sentences
    )
    return Draft(more.get("status", Status.ANSWERED), Mode.GENERATED, made)


def _check(
    draft: Draft,
    passages: Sequence[Passage],
    question: str = "How many days of annual leave?",
    model: StaticModel | None = None,
) -> Checked:
    return check(draft, read(passages), asked(question), model=model)


def checked(*sentences: tuple[str, tuple[int, ...]] | DraftSentence) -> Checked:
    """Checked against the passages above, without a model of meaning."""
    return _check(drafted(*sentences), PASSAGES)


def verdict(text: str, *cited: int) -> Verdict:
    return checked((text, cited)).statements[0].verdict


def quotes_are_exact(result: Checked, passages: Sequence[Passage]) -> bool:
    return all(
        any(
            one.document_id == p.chunk.document_id
            and p.start <= one.start < one.end <= p.end
            and one.quote == p.text[one.start - p.start : one.end - p.start] == one.quote.strip()
            for p in passages
        )
        for one in result.citations
    )


def test_supported_statement_gets_the_exact_sentence_as_its_footnote() -> None:
    """Offsets are canonical, the quote is the whole sentence, its place is told."""
    result = checked(("Annual leave in Rotterdam is 25 days.", (0,)))
    [statement], [citation] = result.statements, result.citations
    assert (result.status, statement.verdict) == (Status.ANSWERED, Verdict.SUPPORTED)
    assert citation.quote == "Employees in Rotterdam have 25 days of annual leave a year."
    assert (citation.start, citation.end) == (1000, 1000 + len(citation.quote))
    assert citation.location == "page 2 · Leave › Annual leave"
    assert (citation.number, citation.page, citation.owner) == (1, 2, "hr@example.com")


def test_marks_stand_before_the_closing_punctuation() -> None:
    """With a space in English and without in Chinese; a statement stands in the text as it is."""
    result = checked(
        ("Annual leave in Rotterdam is 25 days.", (0,)), ("未休的年假可以结转到次年3月31日。", (2,))
    )
    assert result.text == (
        "Annual leave in Rotterdam is 25 days [1]. 未休的年假可以结转到次年3月31日[2]。"
    )
    assert [one.text for one in result.statements] == [
        "Annual leave in Rotterdam is 25 days",
        "未休的年假可以结转到次年3月31日",
    ]


def test_one_span_has_one_number() -> None:
    """Two statements that rest on one sentence share its footnote."""
    result = checked(
        ("Trains are booked by the office.", (1,)),
        ("Annual leave in Rotterdam is 25 days.", (0,)),
        ("The office books trains.", (1,)),
    )
    assert [one.citations for one in result.statements] == [(1,), (2,), (1,)]
    assert [one.number for one in result.citations] == [1, 2]


@pytest.mark.parametrize(
    "text",
    [
        "Annual leave in Rotterdam is 30 days.",
        "Annual leave in Rotterdam is 25 weeks and 3 days.",
        "Unused days carry over until 31 May.",
        "Unused days carry over until 30 March.",
        "Flights need the approval of a director if they cost more than 10,000 euros.",
        "Flights need the approval of a director if they cost more than $1,000.",
        "正式员工每年享有二十天带薪年假。",
        "未休的年假可以结转到次年5月31日。",
        "Employees in Rotterdam have 25 days of annual leave a year under HR-12.",
    ],
)
def test_wrong_figure_is_never_supported(text: str) -> None:
    """A number, date, currency or code that the quote lacks makes a statement doubtful."""
    assert verdict(text, 0, 1, 2) is Verdict.PARTLY


@pytest.mark.parametrize(
    "text",
    [
        "Unused days do not carry over until 31 March.",
        "Leave need not be approved by the manager.",
        "Trains are never booked by the office.",
        "病假不需要医院证明。",
        "未休的年假不可以结转到次年3月31日。",
    ],
)
def test_denial_of_what_the_passage_says_is_not_supported(text: str) -> None:
    """The words agree, the meaning is contrary."""
    assert verdict(text, 0, 1, 2) is Verdict.PARTLY


def test_contrary_bound_is_not_supported() -> None:
    """ "May" is not "must"."""
    assert verdict("Leave may be approved by the manager.", 0) is Verdict.PARTLY


def test_other_name_is_not_supported() -> None:
    """What holds in Rotterdam need not hold in Utrecht."""
    assert verdict("Employees in Utrecht have 25 days of annual leave a year.", 0) is Verdict.PARTLY


def test_denial_elsewhere_in_a_long_sentence_does_not_matter() -> None:
    """A "not" reaches its own clause."""
    passage = make_passage("Annual leave is 25 days, and unused sick leave does not carry over.")
    result = _check(drafted(("Annual leave is 25 days.", (0,))), [passage])
    assert result.statements[0].verdict is Verdict.SUPPORTED


@pytest.mark.parametrize(
    "text",
    ["Annual leave in Rotterdam is twenty-five days.", "正式员工每年享有25天带薪年假。"],
)
def test_figures_may_be_written_otherwise(text: str) -> None:
    """In words or digits."""
    assert verdict(text, 0, 2) is Verdict.SUPPORTED


def test_invented_statement_is_marked_and_gets_no_footnote() -> None:
    """Whatever it cites."""
    result = checked(
        ("Annual leave in Rotterdam is 25 days.", (0,)), ("The canteen serves soup.", (0, 1))
    )
    assert result.statements[1].verdict is Verdict.UNSUPPORTED
    assert result.statements[1].citations == ()
    assert result.status is Status.PARTIAL
    assert result.text.endswith("The canteen serves soup.")


def test_answer_without_any_support_is_not_found() -> None:
    """Nothing of it may be shown as an answer."""
    assert checked(("The canteen serves soup.", (0,))).status is Status.NOT_FOUND


def test_wrong_citation_is_replaced_by_the_passage_that_says_it() -> None:
    """Models mix up numbers; the footnote leads to where it is written."""
    result = checked(("Trains are booked by the office.", (0,)))
    assert result.statements[0].verdict is Verdict.SUPPORTED
    assert [one.document_id for one in result.citations] == ["doc_2"]


def test_missing_citation_is_found() -> None:
    """A true sentence without a mark gets the footnote that it deserves."""
    result = checked(("Trains are booked by the office.", ()))
    assert [one.quote for one in result.citations] == ["Trains are booked by the office."]


def test_citation_that_adds_nothing_is_dropped() -> None:
    """Of two cited passages only the one that says it is kept."""
    result = checked(("Trains are booked by the office.", (1, 0)))
    assert [one.document_id for one in result.citations] == ["doc_2"]


def test_statement_that_needs_two_passages_keeps_both() -> None:
    """Each clause is borne out by one of them."""
    result = checked(
        (
            "Trains are booked by the office, and employees in Rotterdam have 25 days of leave.",
            (1, 0),
        )
    )
    assert result.statements[0].verdict is Verdict.SUPPORTED
    assert result.statements[0].citations == (1, 2)


def test_figures_of_two_sources_do_not_make_a_third_truth() -> None:
    """The year of one sentence and the sum of another prove nothing."""
    passages = [
        make_passage("EduCorp raised 50 million euros in 2017 from investors."),
        make_passage("MediaCorp raised 10 million euros in 2019.", document_id="doc_2"),
    ]
    draft = drafted(("EduCorp raised 50 million euros in 2019 from investors.", (0, 1)))
    result = _check(draft, passages)
    assert result.statements[0].verdict is Verdict.PARTLY


def test_neighbouring_sentences_are_quoted_together_where_both_are_needed() -> None:
    """One footnote, one unbroken stretch of the document."""
    passage = make_passage(
        "The bicycle plan is open to everybody. It pays 300 euros each year. Soup is free.", start=5
    )
    draft = drafted(("The bicycle plan is open to everybody and pays 300 euros each year.", (0,)))
    result = _check(draft, [passage])
    assert [one.quote for one in result.citations] == [
        "The bicycle plan is open to everybody. It pays 300 euros each year."
    ]


def test_among_equal_sentences_the_one_about_the_question_is_quoted() -> None:
    """A short answer says little by itself."""
    passage = make_passage("Probation lasts 25 days. Annual leave is 25 days.")
    result = _check(drafted(("25 days.", (0,))), [passage], "How long is annual leave?")
    assert [one.quote for one in result.citations] == ["Annual leave is 25 days."]


def test_endless_sentence_is_quoted_in_part() -> None:
    """A quote is something one can read."""
    text = ", ".join(f"rule {n} says that item {n} is kept" for n in range(200)) + "."
    result = _check(
        drafted(("Rule 150 says that item 150 is kept.", (0,))),
        [make_passage(text)],
    )
    [citation] = result.citations
    assert "item 150" in citation.quote
    assert len(citation.quote) <= LONGEST_QUOTE


def test_table_row_is_borne_out_with_its_header() -> None:
    """The header's words count, its place is the sheet and the row."""
    row = make_passage(
        "Rotterdam | 25\nUtrecht | 23",
        table_header="Office | Annual leave (days)",
        sheet="Leave",
        row_start=5,
        row_end=6,
    )
    result = _check(drafted(("Annual leave in Utrecht is 23 days.", (0,))), [row])
    assert result.statements[0].verdict is Verdict.SUPPORTED
    assert result.citations[0].quote == "Utrecht | 23"
    assert result.citations[0].location == "sheet Leave, rows 5–6"


def test_bare_yes_is_judged_with_what_it_introduces() -> None:
    """ "Yes." alone claims nothing that could be looked up."""
    result = checked(("Yes.", ()), ("Trains are booked by the office.", (1,)))
    assert [one.text for one in result.statements] == ["Yes. Trains are booked by the office"]
    assert result.status is Status.ANSWERED


def test_list_marker_is_layout_not_statement() -> None:
    """It stays in the text and out of the statement."""
    result = checked(
        DraftSentence("- Trains are booked by the office", (1,)),
        DraftSentence("- Leave must be approved by the manager", (0,), gap="\n"),
    )
    assert result.text == (
        "- Trains are booked by the office [1]\n- Leave must be approved by the manager [2]"
    )
    assert result.statements[0].text == "Trains are booked by the office"


def test_extract_is_supported_by_its_own_quote() -> None:
    """What is quoted word for word needs no comparison."""
    start, end = 1000, 1000 + LEAVE.text.index("\n")
    sentence = DraftSentence(LEAVE.text[: end - 1000], (0,), ((0, start, end),))
    result = checked(sentence)
    assert result.statements[0].verdict is Verdict.SUPPORTED
    assert (result.citations[0].start, result.citations[0].end) == (start, end)


@pytest.mark.parametrize("quote", [(0, 0, 50), (0, 1000, 99_999), (9, 0, 5), (0, 1010, 1010)])
def test_quote_outside_its_passage_is_never_cited(quote: tuple[int, int, int]) -> None:
    """Whatever a composer claims, a footnote is checked against the text."""
    result = checked(DraftSentence("Trains are booked by the office.", (1,), (quote,)))
    assert [one.quote for one in result.citations] == ["Trains are booked by the office."]


def test_false_quote_does_not_bear_out_other_words() -> None:
    """A real stretch of text under a sentence that it does not say."""
    quote = (1, 40, 40 + len("Trains are booked by the office."))
    result = checked(DraftSentence("The canteen serves soup.", (1,), (quote,)))
    assert result.statements[0].verdict is Verdict.UNSUPPORTED


def test_not_found_draft_stays_not_found() -> None:
    """There is nothing to check."""
    result = _check(drafted(status=Status.NOT_FOUND), PASSAGES)
    assert result == Checked("", (), (), Status.NOT_FOUND)


def test_partial_draft_is_never_more_than_partial() -> None:
    """The model said that something is missing."""
    draft = drafted(("Trains are booked by the office.", (1,)), status=Status.PARTIAL)
    assert _check(draft, PASSAGES).status is Status.PARTIAL


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("正式员工每年有二十五天带薪年假。", Verdict.SUPPORTED),
        ("Sick leave needs a certificate from a hospital.", Verdict.SUPPORTED),
        (
            "Unused annual leave can be carried over to 31 March of the next year.",
            Verdict.SUPPORTED,
        ),
        ("Unused annual leave can be carried over to 31 May.", Verdict.UNSUPPORTED),
        ("The canteen serves soup to guests on Fridays.", Verdict.UNSUPPORTED),
    ],
)
def test_statement_may_rest_on_a_passage_of_the_other_language(
    text: str, expected: Verdict
) -> None:
    """The bilingual model compares meaning; figures must still agree."""
    result = _check(drafted((text, (0,))), [ZH], model=static_model())
    assert result.statements[0].verdict is expected
    assert quotes_are_exact(result, [ZH])


def test_without_a_model_another_language_is_at_most_partly_borne_out() -> None:
    """Equal figures are a hint, not a proof."""
    draft = drafted(("Employees have 25 days of paid leave.", (0,)))
    assert _check(draft, [ZH]).statements[0].verdict is Verdict.PARTLY


SENTENCES = st.sampled_from(
    [
        "Trains are booked by the office.", "Annual leave is 25 days.", "Yes.", "- item", "…",
        "未休的年假可以结转。", "No.", "25", "", " ", "[1]", "Soup; and more:", "正式员工",
    ]
)  # fmt: skip
DRAFTS = st.lists(
    st.builds(
        DraftSentence,
        st.one_of(SENTENCES, st.text(max_size=40)),
        st.lists(st.integers(-1, 5), max_size=3).map(tuple),
        st.lists(
            st.tuples(st.integers(-1, 4), st.integers(0, 1200), st.integers(0, 1300)), max_size=2
        ).map(tuple),
        st.sampled_from(["", " ", "\n\n"]),
    ),
    max_size=6,
)


@given(DRAFTS, st.booleans())
def test_every_draft_leads_to_exact_quotes_and_consistent_numbers(
    sentences: list[DraftSentence], by_meaning: bool
) -> None:
    """Quotes are exact, numbers count by first use, and only statements with support have any."""
    draft = Draft(Status.ANSWERED, Mode.GENERATED, tuple(sentences))
    result = _check(draft, PASSAGES, model=static_model() if by_meaning else None)
    assert quotes_are_exact(result, PASSAGES)
    used = [number for one in result.statements for number in one.citations]
    firsts = [number for at, number in enumerate(used) if number not in used[:at]]
    assert firsts == [one.number for one in result.citations] == list(range(1, len(firsts) + 1))
    spans = [(one.document_id, one.start, one.end) for one in result.citations]
    assert len(set(spans)) == len(spans)
    for one in result.statements:
        assert bool(one.citations) == (one.verdict is not Verdict.UNSUPPORTED)
        assert one.text in result.text
    assert (result.status is Status.NOT_FOUND) == (not result.citations)


def test_marks_of_the_text_are_those_of_the_statements() -> None:
    """Text, statements and citations tell one story."""
    result = checked(
        ("Trains are booked by the office.", (1,)),
        ("The canteen serves soup.", (1,)),
        ("Annual leave in Rotterdam is 25 days.", (0,)),
    )
    in_text = [int(number) for number in re.findall(r"\[(\d+)\]", result.text)]
    assert in_text == [n for one in result.statements for n in one.citations] == [1, 2]
