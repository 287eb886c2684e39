"""What Slack tells the bot, as questions: who asked what, and where.

Pure functions over the payloads of Slack's Events API. A message of a bot (this one or another),
an edit, a deletion or a join is nobody's question.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_MENTION = re.compile(r"<@([A-Z0-9]+)(?:\|([^>]*))?>")
_CHANNEL = re.compile(r"<#[A-Z0-9]+(?:\|([^>]*))?>")
_SPECIAL = re.compile(r"<!([^>|]+)(?:\|([^>]*))?>")
_LINK = re.compile(r"<((?:https?|mailto|tel):[^>|]+)(?:\|([^>]*))?>")

# A person's file with a comment, and a reply that is also sent to the channel, are messages.
_SUBTYPES_OF_PEOPLE = frozenset({"file_share", "thread_broadcast"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A person's message to answer.

    `message` and `thread` are Slack's timestamps, which are its message ids: a message that is
    not in a thread is the first of its own. `direct` is a conversation of that person and the
    bot alone. `mentioned`: the bot was called by name, otherwise it only reads along.
    """

    team: str
    channel: str
    thread: str
    message: str
    user: str
    text: str
    direct: bool
    mentioned: bool


def asked(event: Mapping[str, Any], team: str, bot_user: str) -> Asked | None:
    """The question in an `app_mention` or `message` event, None if a person asked nothing.

    A mention in a channel arrives twice, as `app_mention` and as `message`; both give the same
    `message`, by which the second is told.
    """
    user = event.get("user")
    from_bot = event.get("bot_id") or user in (None, "", bot_user, "USLACKBOT")
    subtype = event.get("subtype")
    if from_bot or (subtype and subtype not in _SUBTYPES_OF_PEOPLE):
        return None
    channel, message = event.get("channel"), event.get("ts")
    raw = event.get("text") or ""
    if not channel or not message:
        return None
    return Asked(
        team=team,
        channel=str(channel),
        thread=str(event.get("thread_ts") or message),
        message=str(message),
        user=str(user),
        text=plain(raw, bot_user),
        direct=event.get("channel_type") == "im",
        mentioned=event.get("type") == "app_mention" or f"<@{bot_user}" in raw,
    )


def plain(text: str, bot_user: str) -> str:
    """Slack's marked-up text as the person typed it, without the call of the bot's name.

    Half characters (lone surrogates) and NUL, which no database keeps, become "?" or vanish.
    """
    text = text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")

    def mention(found: re.Match[str]) -> str:
        if found[1] == bot_user:
            return " "
        return f"@{found[2] or found[1]}"

    text = _MENTION.sub(mention, text)
    text = _CHANNEL.sub(lambda found: f"#{found[1]}" if found[1] else "", text)
    text = _SPECIAL.sub(lambda found: found[2] or f"@{found[1]}", text)
    text = _LINK.sub(lambda found: found[2] or found[1], text)
    lines = (re.sub(r"[ \t]+", " ", line).strip() for line in html.unescape(text).splitlines())
    return "\n".join(lines).strip()
