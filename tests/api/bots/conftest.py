"""A workspace: a server with the bot, the Slack that it talks to, people and documents."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI

from api.asking.answering import Answering
from api.bots.slack.bot import SlackBot, SlackCredentials
from ingest.store.catalogue.accounts import people
from ingest.store.catalogue.database.engine import Catalogue
from tests.api.bots.company import Company
from tests.api.bots.serving import serving
from tests.api.bots.shelf import Shelf
from tests.api.bots.slack_server import TEAM, TOKEN, SlackServer, running_slack_server

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
PUBLIC_URL = "https://kb.example.com"


class Workspace:
    """Ann is in the group hr, Bob in none; the channel C1 has both, C2 has Ann alone."""

    def __init__(self, home: Path, slack: SlackServer, real: Company | None = None) -> None:
        """Answers come from a shelf of two documents, or from a `real` company."""
        self.slack = slack
        self.answering: Answering
        if real is None:
            self.catalogue = Catalogue(f"sqlite:///{home / 'catalogue.db'}")
            self.answering = self.shelf = Shelf(self.catalogue)
            self.shelf.put("leave", "Annual leave is 25 days.", "everyone")
            self.shelf.put("salaries", "Carol earns 90000.", "hr")
        else:
            self.catalogue = real.library.catalogue
            self.answering = real.assistant
        with self.catalogue.write() as tx:
            people.save(tx, "ann@example.com", "Ann", ["hr"], "employee")
            people.save(tx, "bob@example.com", "Bob", [], "employee")
        slack.add_user("U0ANN", "Ann@example.com")
        slack.add_user("U0BOB", "bob@example.com")
        slack.state.channels = {"C1": ["U0ANN", "U0BOB", "U0BOT"], "C2": ["U0ANN", "U0BOT"]}
        self._events = 0
        self.start()

    def start(self, waiting: int = 64) -> None:
        """Starts the server with the bot."""
        self.bot = SlackBot(
            SlackCredentials(SECRET, TOKEN),
            self.answering,
            self.catalogue,
            public_url=PUBLIC_URL,
            api_url=self.slack.api_url,
            waiting=waiting,
        )
        app = FastAPI()
        app.include_router(self.bot.router)
        self._server = serving(app)
        self.client = httpx.Client(base_url=self._server.__enter__())

    def stop(self) -> None:
        """Stops the server after everything that was acknowledged is answered."""
        self.client.close()
        self._server.__exit__(None, None, None)
        self.bot.close()

    def restart(self, waiting: int = 64) -> None:
        """Stops the server and starts it again on the same catalogue."""
        self.stop()
        self.start(waiting)

    def post(
        self,
        path: str,
        body: bytes,
        headers: dict[str, str] | None = None,
        *,
        age_s: float = 0,
        secret: str = SECRET,
    ) -> httpx.Response:
        """Sends what Slack would send, signed as Slack signs."""
        stamp = str(int(time.time() - age_s))
        base = f"v0:{stamp}:".encode() + body
        signature = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
        signed = {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={signature}"}
        return self.client.post(
            f"/bots/slack/{path}", content=body, headers=signed | (headers or {})
        )

    def event(self, event: dict[str, Any], event_id: str = "", **headers: str) -> httpx.Response:
        """Delivers an event."""
        self._events += 1
        body = {
            "type": "event_callback",
            "team_id": TEAM,
            "api_app_id": "A1",
            "event_id": event_id or f"Ev{self._events}",
            "event": event,
        }
        json_type = {"content-type": "application/json"}
        return self.post("events", json.dumps(body).encode(), json_type | headers)

    def say(self, text: str, **more: Any) -> httpx.Response:
        """Somebody writes a message: Ann in C1, unless said otherwise."""
        known = {"type": "message", "channel": "C1", "channel_type": "channel", "user": "U0ANN"}
        return self.event({**known, "ts": "1.000001", "text": text, **more})

    def mention(self, text: str = "How much leave?", **more: Any) -> httpx.Response:
        """Somebody calls the bot by name."""
        return self.say(f"<@U0BOT> {text}", **{"type": "app_mention", **more})

    def command(self, text: str, user: str = "U0ANN", channel: str = "C1") -> httpx.Response:
        """Somebody types `/ask`."""
        form = {
            "command": "/ask",
            "text": text,
            "user_id": user,
            "channel_id": channel,
            "team_id": TEAM,
            "response_url": self.slack.reply_url,
            "trigger_id": "1",
        }
        return self._form("commands", form)

    def press(self, button: dict[str, Any], user: str, channel: str = "C1") -> httpx.Response:
        """Somebody presses a button of one of the bot's messages."""
        payload = {
            "type": "block_actions",
            "team": {"id": TEAM},
            "user": {"id": user, "team_id": TEAM},
            "channel": {"id": channel},
            "container": {"type": "message"},
            "response_url": self.slack.reply_url,
            "actions": [{"type": "button", "block_id": "b", "action_ts": "1.1", **button}],
        }
        return self._form("interactions", {"payload": json.dumps(payload)})

    def _form(self, path: str, form: dict[str, str]) -> httpx.Response:
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return self.post(path, urlencode(form).encode(), kind)


def buttons(message: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The buttons of a message by action."""
    return {
        button["action_id"]: {"action_id": button["action_id"], "value": button["value"]}
        for block in message["blocks"]
        if block["type"] == "actions"
        for button in block["elements"]
    }


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    """A Slack."""
    with running_slack_server() as server:
        yield server


@pytest.fixture
def workspace(tmp_path: Path, slack: SlackServer) -> Iterator[Workspace]:
    """A running server with the bot."""
    workspace = Workspace(tmp_path, slack)
    yield workspace
    workspace.stop()
    workspace.catalogue.close()
