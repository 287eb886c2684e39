"""What in Slack is a question to the bot, and what its text is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.bots.slack.events import asked, plain
from api.bots.slack.format import escape

BOT = "U0BOT"


def message(**more: Any) -> dict[str, Any]:
    return {"type": "message", "channel": "C1", "user": "U1", "ts": "5.1", "text": "Hi", **more}


def test_message_is_the_first_of_its_own_thread() -> None:
    """A message outside of threads opens one, so that follow-ups belong to it."""
    question = asked(message(), "T1", BOT)
    assert question is not None
    assert (question.thread, question.message, question.direct) == ("5.1", "5.1", False)


def test_reply_keeps_its_thread() -> None:
    """A reply belongs to the thread in which it is written."""
    question = asked(message(thread_ts="4.1"), "T1", BOT)
    assert question is not None
    assert (question.thread, question.message) == ("4.1", "5.1")


@pytest.mark.parametrize(
    "more",
    [
        {"bot_id": "B1"},
        {"user": BOT},
        {"user": "USLACKBOT"},
        {"user": None},
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"subtype": "channel_join"},
        {"subtype": "bot_message"},
    ],
)
def test_nobody_asked(more: dict[str, Any]) -> None:
    """Bots, the bot itself, edits, deletions and joins ask nothing."""
    assert asked(message(**more), "T1", BOT) is None


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast"])
def test_a_persons_subtypes_are_questions(subtype: str) -> None:
    """A comment on a file and a reply that is also sent to the channel come from people."""
    assert asked(message(subtype=subtype), "T1", BOT) is not None


def test_direct_message_is_told_by_its_channel_type() -> None:
    """Only a conversation of two is direct; a group's direct messages are a channel."""
    alone = asked(message(channel_type="im"), "T1", BOT)
    group = asked(message(channel_type="mpim"), "T1", BOT)
    assert alone is not None
    assert group is not None
    assert alone.direct
    assert not group.direct


def test_mention_is_seen_in_both_kinds_of_event() -> None:
    """The name in the text counts like the event that Slack sends for it."""
    by_event = asked(message(type="app_mention"), "T1", BOT)
    by_name = asked(message(text=f"<@{BOT}> Hi"), "T1", BOT)
    neither = asked(message(), "T1", BOT)
    assert by_event is not None
    assert by_name is not None
    assert neither is not None
    assert by_event.mentioned
    assert by_name.mentioned
    assert not neither.mentioned


@pytest.mark.parametrize(
    ("marked", "typed"),
    [
        (f"<@{BOT}> How many days?", "How many days?"),
        (f"<@{BOT}|footnote> 年假有几天？", "年假有几天？"),
        ("Ask <@U2|ann> or <@U3>", "Ask @ann or @U3"),
        ("see <#C9|general>", "see #general"),
        ("is <https://a.example/x?a=1&amp;b=2> right?", "is https://a.example/x?a=1&b=2 right?"),
        ("is <https://a.example|this page> right?", "is this page right?"),
        ("<!here> hello", "@here hello"),
        ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        ("write &amp;lt; for it", "write &lt; for it"),
        ("half a \ud83d, a \0NUL", "half a ?, a NUL"),
        ("one\n  two   words ", "one\ntwo words"),
    ],
)
def test_text_is_what_the_person_typed(marked: str, typed: str) -> None:
    """Slack's markup is undone, the call of the bot's name dropped."""
    assert plain(marked, BOT) == typed


@given(st.text(st.characters(exclude_categories=("C", "Z")), min_size=1))
def test_escaping_is_undone(text: str) -> None:
    """Whatever is typed arrives as it was typed."""
    assert plain(escape(text), BOT) == text
