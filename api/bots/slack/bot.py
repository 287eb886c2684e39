"""The Slack bot: three routes that Slack calls, and the threads that answer afterwards.

Slack wants each call acknowledged within three seconds and repeats what was not; so a call is
checked (signature, age), acknowledged and queued, and the answer is posted when it is there. The
bot's application in Slack is described by `manifest.yaml`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from api.asking.answering import Answering
from api.bots.slack.answers import DOWN, POST, UP, Pressed, SlackAnswers
from api.bots.slack.events import Asked, asked, plain
from api.bots.slack.format import SlackMessage, plain_message
from api.bots.slack.people import Directory
from api.bots.slack.phrases import phrases
from ingest.store.catalogue.database.engine import Catalogue
from ingest.text.language import language_of

if TYPE_CHECKING:
    from slack_bolt import App
    from slack_sdk import WebClient
    from slack_sdk.signature import SignatureVerifier

_log = structlog.get_logger(__name__)

MANIFEST = Path(__file__).with_name("manifest.yaml")
"""The bot's application, to be pasted into Slack's "create an app from a manifest"."""

API_URL = "https://slack.com/api/"

_WORKERS = 4
_MAX_BODY = 1 << 20


@dataclass(frozen=True, slots=True)
class SlackCredentials:
    """From the application's pages: "Signing Secret" and "Bot User OAuth Token" (`xoxb-…`)."""

    signing_secret: str
    bot_token: str


class SlackBot:
    """One workspace's bot. Whoever made it includes `router` and, at the end, calls `close`."""

    def __init__(
        self,
        credentials: SlackCredentials,
        answering: Answering,
        catalogue: Catalogue,
        *,
        public_url: str,
        api_url: str = API_URL,
        waiting: int = 64,
    ) -> None:
        """`public_url` is this server's address as people reach it, for links to passages.

        At most `waiting` questions are being answered or wait for it; more are asked to come
        back. Nothing is sent to Slack yet: one that is down doesn't keep the server from starting.
        """
        from slack_sdk import WebClient
        from slack_sdk.http_retry.builtin_handlers import (
            ConnectionErrorRetryHandler,
            RateLimitErrorRetryHandler,
        )
        from slack_sdk.signature import SignatureVerifier

        retries = [ConnectionErrorRetryHandler(), RateLimitErrorRetryHandler(max_retry_count=3)]
        client = WebClient(credentials.bot_token, base_url=api_url, retry_handlers=retries)
        self._directory = Directory(client, catalogue)
        self._answers = SlackAnswers(
            answering,
            catalogue,
            self._directory,
            client,
            secret=credentials.signing_secret,
            public_url=public_url,
        )
        self._client = client
        self._queue = ThreadPoolExecutor(_WORKERS, thread_name_prefix="slack-answer")
        self._room = threading.BoundedSemaphore(waiting)
        self._listeners = ThreadPoolExecutor(_WORKERS, thread_name_prefix="slack-event")
        self._app = self._bolt(credentials, client)
        self.router = _router(self._app, SignatureVerifier(credentials.signing_secret))

    def close(self) -> None:
        """Finishes what was acknowledged; whatever Slack sends after that, it will repeat."""
        self._listeners.shutdown(wait=True)
        self._queue.shutdown(wait=True)

    def _bolt(self, credentials: SlackCredentials, client: WebClient) -> App:
        from slack_bolt import App

        logger = logging.getLogger("slack_bolt")
        logger.setLevel(logging.WARNING)  # below that it writes people's questions into the log
        app = App(
            name="footnote",
            logger=logger,
            signing_secret=credentials.signing_secret,
            client=client,
            token_verification_enabled=False,
            listener_executor=self._listeners,
        )
        app.event("app_mention")(self._on_message)
        app.event("message")(self._on_message)
        app.event("member_joined_channel")(self._on_join)
        app.command("/ask")(self._on_command)
        app.action(UP)(self._on_rating)
        app.action(DOWN)(self._on_rating)
        app.action(POST)(self._on_post)
        return app

    # slack_bolt passes arguments by these names.

    def _on_message(self, event: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        home = self._directory.home()
        question = asked(event, str(body.get("team_id") or home.team), home.bot_user)
        if question is None or not self._answers.concerns_me(question):
            return
        if self._answers.first_sight(question):
            self._later(lambda: self._answers.reply(question), lambda: self._sorry(question))

    def _on_join(self, event: Mapping[str, Any]) -> None:
        self._directory.somebody_joined(str(event["channel"]))

    def _on_command(
        self, ack: Callable[..., Any], respond: Callable[..., Any], body: Mapping[str, Any]
    ) -> None:
        text = plain(str(body.get("text") or ""), bot_user="")
        says = phrases(language_of(text))
        ack(text=says.searching if text else says.help, response_type="ephemeral")
        if not text:
            return
        user, channel = str(body["user_id"]), str(body["channel_id"])
        tell = self._teller(respond, user, channel)
        self._later(
            lambda: self._answers.reply_privately(user, channel, text, tell),
            lambda: tell(plain_message(says.busy)),
        )

    def _on_rating(
        self, ack: Callable[..., Any], respond: Callable[..., Any], body: Mapping[str, Any]
    ) -> None:
        ack()
        pressed = _pressed(body)
        tell = self._teller(respond, pressed.user, pressed.channel)
        self._later(lambda: self._answers.rate(pressed, tell), lambda: None)

    def _on_post(
        self, ack: Callable[..., Any], respond: Callable[..., Any], body: Mapping[str, Any]
    ) -> None:
        ack()
        pressed = _pressed(body)
        tell = self._teller(respond, pressed.user, pressed.channel)
        self._later(
            lambda: self._answers.publish(pressed, tell),
            lambda: tell(plain_message(phrases("en").busy)),
        )

    def _later(self, work: Callable[[], None], refuse: Callable[[], None]) -> None:
        """Queues the work, or refuses it when too much is waiting already."""

        def run() -> None:
            try:
                work()
            except Exception:
                _log.exception("an answer could not be shown in Slack")
            finally:
                self._room.release()

        if not self._room.acquire(blocking=False):
            refuse()
            return
        self._queue.submit(run)

    def _sorry(self, question: Asked) -> None:
        says = phrases(language_of(question.text))
        self._client.chat_postMessage(
            channel=question.channel, thread_ts=question.thread, text=says.busy
        )

    def _teller(
        self, respond: Callable[..., Any], user: str, channel: str
    ) -> Callable[[SlackMessage], None]:
        """Shows messages to `user` alone: by the call's own address, else in the channel."""

        def tell(message: SlackMessage) -> None:
            blocks = list(message.blocks)
            reply = respond(
                text=message.text,
                blocks=blocks,
                response_type="ephemeral",
                replace_original=False,
                unfurl_links=False,
                unfurl_media=False,
            )
            if reply.status_code >= 400:
                self._client.chat_postEphemeral(
                    channel=channel, user=user, text=message.text, blocks=blocks
                )

        return tell


def _pressed(body: Mapping[str, Any]) -> Pressed:
    action = body["actions"][0]
    return Pressed(
        team=str((body.get("team") or {}).get("id") or body["user"].get("team_id")),
        channel=str(body["channel"]["id"]),
        user=str(body["user"]["id"]),
        action=str(action["action_id"]),
        value=str(action["value"]),
    )


def _router(app: App, verifier: SignatureVerifier) -> APIRouter:
    """Slack's three addresses; what isn't signed by Slack is not even parsed."""
    router = APIRouter(prefix="/bots/slack", tags=["bots"], include_in_schema=False)

    async def receive(request: Request) -> Response:
        from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response

        body = await _body(request)
        if body is None:
            return Response("too much", status_code=413)
        if not _signed(verifier, body, request):
            return Response("not signed by Slack, or too old", status_code=401)
        try:
            call = to_bolt_request(request, body)
        except ValueError:
            return Response("neither JSON nor a form", status_code=400)
        # bolt's own adapter would dispatch on the event loop and hold up every other request
        return to_starlette_response(await run_in_threadpool(app.dispatch, call))

    for path in ("/events", "/commands", "/interactions"):
        router.add_api_route(path, receive, methods=["POST"], response_model=None)
    return router


async def _body(request: Request) -> bytes | None:
    """The body, None if it is longer than anything that Slack sends."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > _MAX_BODY:
            return None
        parts.append(part)
    return b"".join(parts)


def _signed(verifier: SignatureVerifier, body: bytes, request: Request) -> bool:
    """Whether Slack signed these bytes within the last five minutes."""
    try:
        return verifier.is_valid(
            body,
            request.headers.get("x-slack-request-timestamp"),
            request.headers.get("x-slack-signature"),
        )
    except (ValueError, TypeError):  # a timestamp that is no number, a signature that isn't ASCII
        return False
