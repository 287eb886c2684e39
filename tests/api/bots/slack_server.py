"""A local server that plays Slack: its Web API, and the addresses for private replies.

It knows accounts and channels, keeps what is posted, and refuses what the real one refuses in the
same words: unknown users and channels, a channel that the bot is not in, too many calls (429).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

TEAM = "T0HOME"
BOT_USER = "U0BOT"
TOKEN = "xoxb-test"


@dataclass(frozen=True)
class Call:
    """One call of the Web API, or of a private reply's address (method "reply")."""

    method: str
    arguments: dict[str, Any]


@dataclass
class SlackState:
    """What this Slack knows. `out_of` are channels that the bot has not been invited to."""

    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    channels: dict[str, list[str]] = field(default_factory=dict)
    out_of: set[str] = field(default_factory=set)
    page_size: int = 2


class SlackServer:
    """The server; `calls` are in the order in which they came."""

    def __init__(self) -> None:
        self.state = SlackState()
        self.enterprise = ""
        self.calls: list[Call] = []
        self.messages: dict[tuple[str, str], dict[str, Any]] = {}
        self._changed = threading.Condition()
        self._refusals: dict[str, list[tuple[int, str]]] = {}
        self._clock = 1000
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _request_class(self))
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self.api_url = f"{self.url}/api/"
        self.reply_url = f"{self.url}/reply"
        self.add_user(BOT_USER, "", is_bot=True)

    def add_user(self, user: str, email: str, **more: Any) -> None:
        """An account of the workspace, unless `team_id` says otherwise."""
        profile = {"email": email} if email else {}
        self.state.users[user] = {"id": user, "team_id": TEAM, "profile": profile, **more}

    def refuse(self, method: str, status: int, error: str = "", times: int = 1) -> None:
        """The next calls of the method fail: 429, another status, or 200 with an `error`."""
        self._refusals.setdefault(method, []).extend([(status, error)] * times)

    def of(self, method: str) -> list[dict[str, Any]]:
        """The arguments of all calls of one method so far."""
        with self._changed:
            return [call.arguments for call in self.calls if call.method == method]

    def wait(self, method: str, count: int = 1, timeout_s: float = 20) -> list[dict[str, Any]]:
        """Waits until the method has been called so often."""
        with self._changed:
            done = self._changed.wait_for(
                lambda: sum(call.method == method for call in self.calls) >= count, timeout_s
            )
        assert done, f"{method} was not called {count} times, only: {self.calls}"
        return self.of(method)

    def everything_sent(self) -> str:
        """All that the bot ever sent here, as one text."""
        with self._changed:
            return json.dumps([call.arguments for call in self.calls], ensure_ascii=False)

    def run(self) -> None:
        """Serves until `close`."""
        self._http.serve_forever(poll_interval=0.02)

    def close(self) -> None:
        """Stops serving."""
        self._http.shutdown()
        self._http.server_close()

    def answer(self, method: str, arguments: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """What Slack says to a call; what is asked for is noted after it has been done."""
        with self._changed:
            refusals = self._refusals.get(method, [])
            if refusals:
                status, error = refusals.pop(0)
                return status, {"ok": False, "error": error or "ratelimited"}
            result = self._methods()[method](arguments)
            self.calls.append(Call(method, arguments))
            self._changed.notify_all()
            return 200, {"ok": "error" not in result, **result}

    def _methods(self) -> dict[str, Callable[[dict[str, Any]], dict[str, Any]]]:
        return {
            "auth.test": self._auth_test,
            "users.info": self._users_info,
            "users.list": lambda sent: self._page("members", list(self.state.users.values()), sent),
            "conversations.members": self._members,
            "chat.postMessage": self._post,
            "chat.postEphemeral": self._ephemeral,
            "chat.update": self._update,
            "reactions.add": lambda _: {},
            "reply": lambda _: {},
        }

    def _auth_test(self, _sent: dict[str, Any]) -> dict[str, Any]:
        who = {"team_id": TEAM, "user_id": BOT_USER, "bot_id": "B0BOT"}
        return who | ({"enterprise_id": self.enterprise} if self.enterprise else {})

    def _users_info(self, sent: dict[str, Any]) -> dict[str, Any]:
        user = self.state.users.get(sent["user"])
        return {"user": user} if user else {"error": "user_not_found"}

    def _members(self, sent: dict[str, Any]) -> dict[str, Any]:
        members = self.state.channels.get(sent["channel"])
        if members is None:
            return {"error": "channel_not_found"}
        return self._page("members", members, sent)

    def _page(self, key: str, rows: list[Any], sent: dict[str, Any]) -> dict[str, Any]:
        start = int(sent.get("cursor") or 0)
        end = start + self.state.page_size
        cursor = str(end) if end < len(rows) else ""
        return {key: rows[start:end], "response_metadata": {"next_cursor": cursor}}

    def _post(self, sent: dict[str, Any]) -> dict[str, Any]:
        if sent["channel"] in self.state.out_of:
            return {"error": "not_in_channel"}
        self._clock += 1
        ts = f"{self._clock}.000100"
        self.messages[sent["channel"], ts] = sent
        return {"ts": ts, "channel": sent["channel"]}

    def _ephemeral(self, sent: dict[str, Any]) -> dict[str, Any]:
        if sent["channel"] in self.state.out_of:
            return {"error": "not_in_channel"}
        return {"message_ts": "1.1"}

    def _update(self, sent: dict[str, Any]) -> dict[str, Any]:
        if (sent["channel"], sent["ts"]) not in self.messages:
            return {"error": "message_not_found"}
        self.messages[sent["channel"], sent["ts"]] = sent
        return {"ts": sent["ts"], "channel": sent["channel"]}


def _request_class(slack: SlackServer) -> type[BaseHTTPRequestHandler]:
    class Request(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve(dict(parse_qsl(self.path.partition("?")[2])))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            if self.headers.get("content-type", "").startswith("application/json"):
                self._serve(json.loads(body or "{}"))
            else:
                self._serve(dict(parse_qsl(body)))

        def _serve(self, arguments: dict[str, Any]) -> None:
            method = self.path.partition("?")[0].rsplit("/", 1)[-1]
            if isinstance(arguments.get("blocks"), str):
                arguments["blocks"] = json.loads(arguments["blocks"])
            if method != "reply" and self.headers.get("authorization") != f"Bearer {TOKEN}":
                status, result = 200, {"ok": False, "error": "invalid_auth"}
            else:
                status, result = slack.answer(method, arguments)
            body = b"ok" if method == "reply" else json.dumps(result).encode()
            self.send_response(status)
            if status == 429:
                self.send_header("Retry-After", "0")
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Keeps quiet."""

    return Request


@contextmanager
def running_slack_server() -> Iterator[SlackServer]:
    """A Slack of its own."""
    server = SlackServer()
    thread = threading.Thread(target=server.run, name="slack-server")
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join()
