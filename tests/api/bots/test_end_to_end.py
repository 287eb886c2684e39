"""The Slack bot over indexed documents and the real assistant."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.bots.company import Company, company
from tests.api.bots.conftest import Workspace, buttons
from tests.api.bots.slack_server import SlackServer

CAROL = "What yearly salary does Carol Smith earn?"


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The indexed company, once for this file."""
    with company(tmp_path_factory.mktemp("company")) as one:
        yield one


@pytest.fixture
def workspace(tmp_path: Path, slack: SlackServer, real: Company) -> Iterator[Workspace]:
    """The bot over the company's library."""
    workspace = Workspace(tmp_path, slack, real)
    yield workspace
    workspace.stop()


def test_rights_hold_in_every_place(workspace: Workspace) -> None:
    """Ann's private answer quotes the salary; where Bob reads along nothing of it is said."""
    workspace.command(CAROL)
    private = workspace.slack.wait("reply")[0]
    assert "91234" in json.dumps(private)
    workspace.press(buttons(private)["footnote_post"], "U0ANN")
    workspace.slack.wait("chat.update")
    workspace.mention(CAROL, ts="50.1")
    workspace.slack.wait("chat.update", 2)
    workspace.say(CAROL, channel="D2", channel_type="im", user="U0BOB", ts="51.1")
    workspace.slack.wait("chat.update", 3)
    shown = json.dumps(
        [*workspace.slack.of("chat.postMessage"), *workspace.slack.of("chat.update")]
    )
    assert "91234" not in shown
    assert "salaries.md" not in shown
    assert "Salaries of the staff" not in shown


def test_thread_is_one_recorded_conversation(workspace: Workspace) -> None:
    """Questions and follow-ups of a thread are one conversation with linked, exact footnotes."""
    workspace.mention("How many days of annual leave do I have?", ts="60.1")
    first = workspace.slack.wait("chat.update")[0]
    assert "25 days of annual leave" in json.dumps(first)
    assert "https://kb.example.com/d/doc_" in json.dumps(first)
    workspace.say("And how many in a calendar year?", ts="60.2", thread_ts="60.1")
    workspace.slack.wait("chat.update", 2)
    workspace.press(buttons(first)["footnote_up"], "U0ANN")
    assert "noted" in json.dumps(workspace.slack.wait("reply")[0])


def test_chinese_question_finds_the_english_document(workspace: Workspace) -> None:
    """A question in Chinese is answered from what is there, with Chinese buttons."""
    workspace.say("年假有多少天？", channel="D1", channel_type="im", ts="70.1")
    assert "有帮助" in json.dumps(workspace.slack.wait("chat.update")[0], ensure_ascii=False)
