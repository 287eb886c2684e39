"""Answering in Slack: for whom, from what, and where the answer is shown.

Alone with the bot, and after `/ask`, a person is answered with their own rights, seen by nobody
else. Everything that is shown in a channel is composed with the channel's rights, which are what
every member may read; when somebody joins meanwhile it is composed again before it is shown. In
a channel the bot never repeats an error's words.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import structlog

from api.asking.answering import Answering
from api.bots.slack.events import Asked
from api.bots.slack.format import Button, SlackMessage, answer_message, escape, plain_message
from api.bots.slack.people import Directory
from api.bots.slack.phrases import Phrases, phrases
from assistant.access.people import channel_principal, person_principal
from assistant.conversation import threads
from assistant.conversation.history import give_feedback
from assistant.errors import BadQuestion
from assistant.types import Answer, Principal, Question
from ingest.errors import NotFound
from ingest.store.catalogue.accounts.people import Person
from ingest.store.catalogue.database.engine import Catalogue
from ingest.text.language import language_of

if TYPE_CHECKING:
    from slack_sdk import WebClient

_log = structlog.get_logger(__name__)

UP = "footnote_up"
DOWN = "footnote_down"
POST = "footnote_post"
"""The actions of the buttons."""

_NOT_A_MEMBER = frozenset({"channel_not_found", "not_in_channel", "is_archived"})
_TRIES = 2

Tell = Callable[[SlackMessage], None]
"""Shows a message to one person alone."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A pressed button: by whom, in which channel, and the value that it carried."""

    team: str
    channel: str
    user: str
    action: str
    value: str


class SlackAnswers:
    """The conversations of one workspace. Every method does its work before it returns."""

    def __init__(
        self,
        answering: Answering,
        catalogue: Catalogue,
        directory: Directory,
        client: WebClient,
        *,
        secret: str,
        public_url: str,
    ) -> None:
        """`secret` makes the ids of conversations that nobody can guess."""
        self._answering = answering
        self._catalogue = catalogue
        self._directory = directory
        self._client = client
        self._secret = secret.encode()
        self._public_url = public_url
        self._lock = threading.Lock()
        self._published: set[tuple[str, str]] = set()

    def concerns_me(self, asked: Asked) -> bool:
        """Whether to answer: called by name, alone with the person, or in a thread of the bot."""
        if asked.direct or asked.mentioned:
            return True
        if asked.thread == asked.message:
            return False
        channel = self._channel(asked.team, asked.channel)
        conversation = self._conversation(asked, channel.id)
        return threads.is_known(self._catalogue, conversation, channel)

    def first_sight(self, asked: Asked) -> bool:
        """True once for a message, however often and in whatever kind of event it arrives."""
        message = f"slack:{asked.team}:{asked.channel}:{asked.message}"
        return threads.first_sight(self._catalogue, message)

    def reply(self, asked: Asked) -> None:
        """Answers in the message's thread: a placeholder first, which becomes the answer."""
        says = phrases(language_of(asked.text))
        if not asked.text:
            self._post(asked, plain_message(says.help))
            return
        shown = self._post(asked, plain_message(says.searching))
        self._fill(asked, shown, says)

    def reply_privately(self, user: str, channel: str, text: str, tell: Tell) -> None:
        """Answers `/ask` with the asker's own rights, seen by nobody else."""
        says = phrases(language_of(text))
        tell(self._guarded(says, lambda: self._private_answer(user, channel, text, says)))

    def publish(self, pressed: Pressed, tell: Tell) -> None:
        """Asks a privately answered question again for the whole channel, and shows it there.

        The private answer is not shown: its words may come from what only the asker may read.
        """
        question, key = json.loads(pressed.value)
        says = phrases(language_of(question))
        tell(self._guarded(says, lambda: self._publish(pressed, question, key, says)))

    def rate(self, pressed: Pressed, tell: Tell) -> None:
        """Keeps the asker's rating of an answer; nobody else may rate it."""
        answer_id, asker, language = json.loads(pressed.value)
        says = phrases(language)
        if pressed.user != asker:
            tell(plain_message(says.not_yours))
            return
        rating = "up" if pressed.action == UP else "down"
        tell(self._guarded(says, lambda: self._rate(pressed, answer_id, rating, says)))

    def _private_answer(self, user: str, channel: str, text: str, says: Phrases) -> SlackMessage:
        if not text:
            return plain_message(says.help)
        principal = self._person(user)
        if principal is None:
            return plain_message(says.unknown_person)
        answer = self._ask(text, principal, None)
        buttons = self._rating(answer, user, says)
        if not channel.startswith("D"):
            value = json.dumps([text, answer.id], ensure_ascii=False)
            buttons = (*buttons, Button(POST, says.post, value))
        return answer_message(answer, self._public_url, says, buttons=buttons)

    def _publish(self, pressed: Pressed, question: str, key: str, says: Phrases) -> SlackMessage:
        if self._directory.audience(pressed.channel, pressed.user).strangers:
            return plain_message(says.strangers)
        with self._lock:
            if (pressed.channel, key) in self._published:
                return plain_message(says.already_posted)
            self._published.add((pressed.channel, key))
        try:
            self._publish_once(pressed, question, says)
        except Exception:
            with self._lock:
                self._published.discard((pressed.channel, key))
            raise
        return plain_message(says.posted)

    def _publish_once(self, pressed: Pressed, question: str, says: Phrases) -> None:
        heading = says.asks.format(user=f"<@{pressed.user}>", question=escape(question))
        root = Asked(
            team=pressed.team,
            channel=pressed.channel,
            thread="",
            message="",
            user=pressed.user,
            text=question,
            direct=False,
            mentioned=True,
        )
        shown = self._post(root, plain_message(f"{heading}\n{says.searching}"))
        self._fill(replace(root, thread=shown, message=shown), shown, says, heading)

    def _rate(self, pressed: Pressed, answer_id: str, rating: str, says: Phrases) -> SlackMessage:
        owner = threads.owner_of(self._catalogue, answer_id)
        channel = self._channel(pressed.team, pressed.channel)
        principal = channel if owner == channel.id else self._person(pressed.user)
        if principal is None:
            return plain_message(says.unknown_person)
        try:
            give_feedback(self._catalogue, answer_id, principal, rating, None, None)
        except NotFound:
            return plain_message(says.gone)
        return plain_message(says.thanks)

    def _fill(self, asked: Asked, shown: str, says: Phrases, heading: str = "") -> None:
        """Turns the placeholder `shown` into the answer."""
        message = self._guarded(
            says, lambda: self._shared_answer(asked, says, heading), private=asked.direct
        )
        self._client.chat_update(
            channel=asked.channel,
            ts=shown,
            text=message.text,
            blocks=list(message.blocks),
            parse="none",
            link_names=False,
        )

    def _shared_answer(self, asked: Asked, says: Phrases, heading: str) -> SlackMessage:
        """The answer for everybody who reads the place where it was asked."""
        for _ in range(_TRIES):
            joins = self._directory.joins(asked.channel)
            principal = self._reader(asked)
            if principal is None:
                refusal = says.unknown_person if asked.direct else says.strangers
                return plain_message(refusal)
            conversation = self._conversation(asked, principal.id)
            answer = self._ask(asked.text, principal, conversation)
            if asked.direct or self._directory.joins(asked.channel) == joins:
                buttons = self._rating(answer, asked.user, says)
                return answer_message(
                    answer, self._public_url, says, heading=heading, buttons=buttons
                )
        return plain_message(says.changed)

    def _reader(self, asked: Asked) -> Principal | None:
        """Whose rights count: the person's own, or what all of the channel have in common."""
        if asked.direct:
            return self._person(asked.user)
        audience = self._directory.audience(asked.channel, asked.user)
        if audience.strangers:
            return None
        return self._channel(asked.team, asked.channel, audience.people)

    def _channel(self, team: str, channel: str, people: Sequence[Person] = ()) -> Principal:
        """The channel, with the rights that these people have in common (nobody: none)."""
        return channel_principal(self._catalogue, f"slack:{team}:{channel}", people)

    def _person(self, user: str) -> Principal | None:
        person = self._directory.person(user)
        return None if person is None else person_principal(self._catalogue, person)

    def _ask(self, text: str, principal: Principal, conversation: str | None) -> Answer:
        if conversation is not None:
            threads.begin(self._catalogue, conversation, principal, text[:200])
        question = Question(text, language_of(text), conversation_id=conversation)
        return self._answering.ask(question, principal)

    def _conversation(self, asked: Asked, principal: str) -> str:
        """The thread's conversation: always the same, also after a restart."""
        place = f"{asked.team}\n{asked.channel}\n{asked.thread}\n{principal}"
        return f"conv_{hmac.new(self._secret, place.encode(), hashlib.sha256).hexdigest()[:32]}"

    def _rating(self, answer: Answer, asker: str, says: Phrases) -> tuple[Button, ...]:
        value = json.dumps([answer.id, asker, language_of(answer.question)])
        return Button(UP, says.up, value), Button(DOWN, says.down, value)

    def _post(self, asked: Asked, message: SlackMessage) -> str:
        """Posts into the thread (an empty one: into the channel); the new message's timestamp."""
        posted = self._client.chat_postMessage(
            channel=asked.channel,
            thread_ts=asked.thread or None,
            text=message.text,
            blocks=list(message.blocks),
            unfurl_links=False,
            unfurl_media=False,
            parse="none",
            link_names=False,
        )
        return str(posted["ts"])

    def _guarded(
        self, says: Phrases, compose: Callable[[], SlackMessage], *, private: bool = True
    ) -> SlackMessage:
        """What `compose` makes; a failure becomes one of the bot's own sentences."""
        from slack_sdk.errors import SlackApiError

        try:
            return compose()
        except BadQuestion as exc:
            return plain_message(escape(str(exc)) if private else says.help)
        except SlackApiError as exc:
            if _error_of(exc) in _NOT_A_MEMBER:
                return plain_message(says.not_in_channel)
            _log.error("Slack refused a call", error=_error_of(exc))
            return plain_message(says.failed)
        except Exception:
            _log.exception("a question from Slack could not be answered")
            return plain_message(says.failed)


def _error_of(exc: Any) -> str:
    return str(exc.response.get("error") or exc.response.status_code)
