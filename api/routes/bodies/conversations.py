"""The asker's own conversations."""

from __future__ import annotations

from typing import Any

from api.routes.bodies.answers import ANSWER, Answer
from api.routes.bodies.fields import Moment, Sent, example

_ENTRY: dict[str, Any] = {
    "id": ANSWER["conversation_id"],
    "title": ANSWER["question"],
    "created_at": "2025-11-25T08:00:12Z",
    "updated_at": "2025-11-25T08:03:40Z",
}


class ConversationEntry(Sent):
    """A conversation in the list of them."""

    model_config = example(**_ENTRY)

    id: str
    title: str
    created_at: Moment
    updated_at: Moment


class ConversationList(Sent):
    """The asker's conversations, newest first."""

    model_config = example(conversations=[_ENTRY])

    conversations: list[ConversationEntry]


class Conversation(Sent):
    """A conversation with its answers, oldest first."""

    model_config = example(id=_ENTRY["id"], title=_ENTRY["title"], turns=[ANSWER])

    id: str
    title: str
    turns: list[Answer]
