"""How an answer looks in Slack, and that nothing in it can ping or link by itself."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.bots.slack.format import MAX_CITATIONS, Button, SlackMessage, answer_message, escape, link
from api.bots.slack.phrases import CHINESE, ENGLISH, phrases
from assistant.types import Mode, Nearest, Statement, Status, Verdict
from tests.api.bots.answers import answer, citation

URL = "https://kb.example.com"
HOSTILE = "<!channel> <@U1> <https://evil.example|click> & @here"


def shown(message: SlackMessage) -> str:
    return "\n".join(re.findall(r'"text": "((?:[^"\\]|\\.)*)"', json.dumps(message.blocks)))


def markup(message: SlackMessage) -> list[str]:
    """Everything between angle brackets: what Slack acts upon."""
    return re.findall(r"<[^>]*>", shown(message) + message.text)


def test_footnotes_open_the_exact_passage() -> None:
    """A mark in the text links to the cited version and stretch on this server's page."""
    message = answer_message(answer(), URL, ENGLISH)
    address = "https://kb.example.com/d/doc_1?version=3&amp;start=10&amp;end=36"
    assert f"Annual leave is 25 days <{address}|[1]>." in shown(message)


def test_quotes_are_listed_with_title_place_and_date() -> None:
    """Below the answer stands what each footnote says and where."""
    text = shown(answer_message(answer(), URL, ENGLISH))
    assert "|[1] Leave policy> · page 2 \\u203a Leave · 2026-03-01" in text.replace("\\u00b7", "·")
    assert ">Annual leave is 25 days." in text


def test_at_most_five_quotes_are_listed() -> None:
    """Of many footnotes the first five are listed, and the rest is counted."""
    cited = tuple(citation(number) for number in range(1, 9))
    text = "All of it " + " ".join(f"[{one.number}]" for one in cited)
    message = answer_message(answer(text, citations=cited), URL, ENGLISH)
    assert len(
        [one for one in message.blocks if "\n>" in json.dumps(one).replace("\\n", "\n")]
    ) == (MAX_CITATIONS)
    assert "3 more footnotes" in shown(message)


def test_without_public_address_footnotes_are_marks_without_links() -> None:
    """A server that doesn't know its own address makes no broken links."""
    message = answer_message(answer(), "", ENGLISH)
    assert markup(message) == []
    assert "25 days [1]." in shown(message)


def test_marks_without_citation_are_not_linked() -> None:
    """A number in brackets that is no footnote stays text."""
    assert "see [7]" in shown(answer_message(answer("see [7]"), URL, ENGLISH))


def test_documents_can_neither_ping_nor_link() -> None:
    """Markup in the text, a title, a place, a quote or a note arrives as plain characters."""
    cited = citation(title=HOSTILE, quote=HOSTILE, location=HOSTILE)
    statement = Statement(HOSTILE, (), Verdict.UNSUPPORTED)
    hostile = answer(f"{HOSTILE} [1]", citations=(cited,), statements=(statement,), note=HOSTILE)
    for one in markup(answer_message(hostile, URL, ENGLISH)):
        assert one.startswith(f"<{URL}/d/doc_1?")


@given(st.text(max_size=60), st.text(max_size=60))
def test_only_footnote_links_are_markup(text: str, title: str) -> None:
    """Whatever documents say, the only thing Slack acts upon are links to this server."""
    cited = citation(title=title, quote=text or "x")
    message = answer_message(answer(f"{text} [1]", citations=(cited,)), URL, ENGLISH)
    for block in message.blocks:
        whole = block["text"]["text"]
        for one in re.findall(r"<([^>]*)>?", whole):
            assert one.startswith(f"{URL}/d/doc_1?")


@given(st.text(st.sampled_from("&<>ab \n年*[1]"), max_size=9000))
def test_messages_keep_slacks_limits(text: str) -> None:
    """No text of a document makes a message that Slack would refuse."""
    cited = citation(title=text, quote=text, location=text)
    message = answer_message(answer(text, citations=(cited,) * 7, note=text), URL, ENGLISH)
    assert len(message.blocks) <= 50
    for block in message.blocks:
        whole = block["text"] if block["type"] == "section" else block["elements"][0]
        assert 0 < len(whole["text"]) <= 3000
        assert whole["verbatim"] is True


def test_long_answers_are_whole() -> None:
    """An answer longer than a section continues in the next one, nothing is lost."""
    text = "\n\n".join(f"Paragraph {n} " + "word " * 60 for n in range(40))
    message = answer_message(answer(text, citations=()), URL, ENGLISH)
    sections = [one["text"]["text"] for one in message.blocks]
    assert len(sections) > 1
    assert " ".join(" ".join(sections).split()) == " ".join(text.split())


def test_chinese_text_without_spaces_is_split_too() -> None:
    """A text without white space is no reason for a section that is too long."""
    message = answer_message(answer("年假" * 4000, citations=()), URL, CHINESE)
    assert "".join(one["text"]["text"] for one in message.blocks) == "年假" * 4000


def test_markdown_becomes_slacks_markup() -> None:
    """Bold, headings and bullets of a model's text look right in Slack."""
    text = "## Leave\n- **25 days** a year\n* 2 * 3"
    shown_text = answer_message(answer(text, citations=()), URL, ENGLISH).blocks[0]["text"]["text"]
    assert shown_text == "*Leave*\n• *25 days* a year\n• 2 * 3"


def test_unsupported_statements_are_marked() -> None:
    """What no document bears out is said to be so, never dressed up."""
    statements = (Statement("Pigs fly.", (), Verdict.UNSUPPORTED),)
    text = shown(answer_message(answer(statements=statements), URL, ENGLISH))
    assert "Not borne out by the documents:" in text
    assert "Pigs fly." in text


@pytest.mark.parametrize(
    ("mode", "status", "says"),
    [
        (Mode.VERIFIED, Status.ANSWERED, ENGLISH.verified),
        (Mode.EXTRACTIVE, Status.ANSWERED, ENGLISH.extractive),
        (Mode.GENERATED, Status.PARTIAL, ENGLISH.partial),
    ],
)
def test_kind_of_answer_is_said(mode: Mode, status: Status, says: str) -> None:
    """Verified, quoted and partial answers are recognised as such."""
    assert says in shown(answer_message(answer(mode=mode, status=status), URL, ENGLISH))


def test_not_found_lists_the_nearest_documents() -> None:
    """When nothing answers, the nearest documents are linked, and no quote is shown."""
    nearest = (Nearest("doc_9", "Travel <policy>", "travel.md", "handbook"),)
    message = answer_message(
        answer("", status=Status.NOT_FOUND, citations=(), statements=(), nearest=nearest),
        URL,
        ENGLISH,
    )
    assert ENGLISH.not_found in shown(message)
    assert f"<{URL}/d/doc_9|Travel &lt;policy&gt;>" in shown(message)


def test_a_nearest_document_without_title_is_named_by_its_path_as_written() -> None:
    """Decoded for the eye; nothing in it can ping or link."""
    nearest = (Nearest("doc_9", "", "zh/%E5%B7%AE%E6%97%85%3C%21channel%3E.md", "handbook"),)
    message = answer_message(
        answer("", status=Status.NOT_FOUND, citations=(), statements=(), nearest=nearest),
        "",
        CHINESE,
    )
    assert "zh/差旅&lt;!channel&gt;.md" in str(message.blocks)
    assert markup(message) == []


def test_buttons_too_long_for_slack_are_left_out() -> None:
    """A button whose value Slack would refuse doesn't cost the whole message."""
    buttons = (Button("a", "A", "x" * 2001), Button("b", "B", "x" * 2000))
    message = answer_message(answer(), URL, ENGLISH, buttons=buttons)
    assert [one["action_id"] for one in message.blocks[-1]["elements"]] == ["b"]


def test_link_refuses_other_addresses() -> None:
    """Only web addresses become links."""
    assert link("javascript:alert(1)", "x") == "x"
    assert link("https://a.example/a|b>c", "x|y") == "<https://a.example/a%7Cb%3Ec|x¦y>"


def test_chinese_questions_get_chinese_sentences() -> None:
    """The bot's own words follow the question's language, English otherwise."""
    assert phrases("zh") is CHINESE
    assert phrases("en") is phrases("other") is ENGLISH


def test_escape_touches_only_slacks_three_characters() -> None:
    """Everything else is shown as it is."""
    assert escape("a<b>&'\"") == "a&lt;b&gt;&amp;'\""
