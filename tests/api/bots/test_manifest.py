"""The application's description in Slack names what the code uses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml  # type: ignore[import-untyped]  # comes with chromadb
from fastapi.routing import APIRoute

from api.bots.slack import answers, bot, people
from tests.api.bots.conftest import Workspace

SCOPES = {
    "auth_test": set(),
    "users_info": {"users:read", "users:read.email"},
    "users_list": {"users:read", "users:read.email"},
    "conversations_members": {"channels:read", "groups:read", "mpim:read"},
    "chat_postMessage": {"chat:write"},
    "chat_postEphemeral": {"chat:write"},
    "chat_update": {"chat:write"},
}
EVENT_SCOPES = {
    "app_mention": "app_mentions:read",
    "member_joined_channel": "channels:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
}
"""What Slack's reference of methods and events asks for."""


@pytest.fixture
def manifest() -> Any:
    """The manifest, read as YAML."""
    return yaml.safe_load(bot.MANIFEST.read_text(encoding="utf-8"))


def test_manifest_names_every_route(workspace: Workspace, manifest: Any) -> None:
    """Each address in the manifest is a route of the bot, and each route is in the manifest."""
    named = {
        urlsplit(manifest["settings"]["event_subscriptions"]["request_url"]).path,
        urlsplit(manifest["settings"]["interactivity"]["request_url"]).path,
        *(urlsplit(one["url"]).path for one in manifest["features"]["slash_commands"]),
    }
    routes = {one.path for one in workspace.bot.router.routes if isinstance(one, APIRoute)}
    assert named == routes


def test_manifest_asks_for_what_is_used_and_no_more(manifest: Any) -> None:
    """The scopes are those of the methods that the code calls and the events that it gets."""
    code = "".join(
        Path(str(module.__file__)).read_text(encoding="utf-8") for module in (bot, answers, people)
    )
    called = set(re.findall(r"_?client\.([a-z]+_[A-Za-z]+)\(", code))
    assert called == set(SCOPES)
    events = manifest["settings"]["event_subscriptions"]["bot_events"]
    needed = {"commands", *(EVENT_SCOPES[one] for one in events)}
    for method in called:
        needed |= SCOPES[method]
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == needed
