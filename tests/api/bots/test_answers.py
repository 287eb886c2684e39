"""Who joins a channel while its answer is made, and what is remembered of Slack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from slack_sdk import WebClient

from api.bots.slack.answers import SlackAnswers
from api.bots.slack.events import Asked
from api.bots.slack.people import ACCOUNT_TTL_S, MEMBERS_TTL_S, Directory
from api.bots.slack.phrases import ENGLISH
from ingest.store.catalogue.accounts import people
from ingest.store.catalogue.database.engine import Catalogue
from tests.api.bots.shelf import Shelf
from tests.api.bots.slack_server import TEAM, TOKEN, SlackServer

SALARY = "90000"


@dataclass
class Desk:
    """The bot without its routes, with a clock that the test moves."""

    slack: SlackServer
    shelf: Shelf
    directory: Directory
    answers: SlackAnswers
    seconds: list[float]

    def mention(self) -> str:
        """Ann asks in C2, where she is alone with the bot; what is shown in the end."""
        self.answers.reply(Asked(TEAM, "C2", "1.1", "1.1", "U0ANN", "Who earns what?", False, True))
        return json.dumps(self.slack.of("chat.update")[-1])

    def bob_joins(self) -> None:
        """Bob comes into C2, and Slack says so."""
        self.slack.state.channels["C2"].append("U0BOB")
        self.directory.somebody_joined("C2")


@pytest.fixture
def desk(tmp_path: Path, slack: SlackServer) -> Iterator[Desk]:
    """Ann is in hr, Bob is not; the channel C2 has Ann alone."""
    catalogue = Catalogue(f"sqlite:///{tmp_path / 'catalogue.db'}")
    with catalogue.write() as tx:
        people.save(tx, "ann@example.com", "Ann", ["hr"], "employee")
        people.save(tx, "bob@example.com", "Bob", [], "employee")
    slack.add_user("U0ANN", "ann@example.com")
    slack.add_user("U0BOB", "bob@example.com")
    slack.state.channels = {"C2": ["U0ANN", "U0BOT"]}
    shelf = Shelf(catalogue)
    shelf.put("leave", "Annual leave is 25 days.", "everyone")
    shelf.put("salaries", f"Carol earns {SALARY}.", "hr")
    client = WebClient(TOKEN, base_url=slack.api_url)
    seconds = [0.0]
    directory = Directory(client, catalogue, clock=lambda: seconds[0])
    answers = SlackAnswers(
        shelf, catalogue, directory, client, secret="s", public_url="https://kb.example.com"
    )
    yield Desk(slack, shelf, directory, answers, seconds)
    catalogue.close()


def test_answer_is_made_again_when_somebody_joins_meanwhile(desk: Desk) -> None:
    """An answer made for hr is not shown once Bob has come in; all get one that is for all."""
    desk.shelf.meanwhile = desk.bob_joins
    assert "25 days" in desk.mention()
    assert len(desk.shelf.asked) == 2
    assert SALARY not in desk.slack.everything_sent()


def test_channel_that_keeps_changing_is_asked_to_wait(desk: Desk) -> None:
    """If people keep joining, nothing is shown rather than what some may not read."""

    def again() -> None:
        desk.directory.somebody_joined("C2")
        desk.shelf.meanwhile = desk.bob_joins

    desk.shelf.meanwhile = again
    assert ENGLISH.changed in desk.mention()
    assert SALARY not in desk.slack.everything_sent()


def test_members_are_asked_again_after_a_minute(desk: Desk) -> None:
    """Even if Slack does not say that somebody joined, it is noticed soon."""
    assert SALARY in desk.mention()
    desk.slack.state.channels["C2"].append("U0BOB")
    desk.seconds[0] = MEMBERS_TTL_S + 1
    assert SALARY not in desk.mention()


def test_accounts_are_asked_again_after_a_while(desk: Desk) -> None:
    """A changed e-mail address is noticed."""
    desk.mention()
    desk.slack.add_user("U0ANN", "bob@example.com")
    desk.seconds[0] = ACCOUNT_TTL_S + 1
    assert SALARY not in desk.mention()


def test_conversation_ids_cannot_be_guessed(desk: Desk) -> None:
    """Another secret gives other ids, so nobody can occupy a thread's conversation beforehand."""
    desk.mention()
    other = SlackAnswers(
        desk.shelf,
        desk.shelf.catalogue,
        desk.directory,
        WebClient(TOKEN, base_url=desk.slack.api_url),
        secret="another",
        public_url="",
    )
    other.reply(Asked(TEAM, "C2", "1.1", "1.1", "U0ANN", "Who earns what?", False, True))
    first, second = (question.conversation_id for question, _ in desk.shelf.asked)
    assert first != second
