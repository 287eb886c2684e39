"""Who is who: a Slack account's e-mail address leads to a person that the company knows.

Rights follow from the person alone, and whoever isn't known has none. An address counts only if
this workspace (or its organisation) vouches for it: an account of another company, which Slack
Connect lets into shared channels, could carry any address. In a channel one unknown human member
is enough for the channel to see nothing; other bots are not readers and don't count.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.access import people
from ingest.store.catalogue.accounts.people import Person
from ingest.store.catalogue.database.engine import Catalogue

if TYPE_CHECKING:
    from slack_sdk import WebClient

ACCOUNT_TTL_S = 300.0
"""How long an account's e-mail address is remembered; the person's groups never are."""

MEMBERS_TTL_S = 60.0
"""How long a channel's members are remembered, unless somebody joins."""

_MANY = 30
_PAGE = 200


@dataclass(frozen=True, slots=True)
class Account:
    """A Slack account. `email` is empty if this workspace does not vouch for one.

    `reads`: a human being who can read channels, not a bot or a deactivated account.
    """

    user: str
    email: str
    reads: bool


@dataclass(frozen=True, slots=True)
class Home:
    """The workspace that the bot belongs to, as `auth.test` says."""

    team: str
    enterprise: str
    bot_user: str


@dataclass(frozen=True, slots=True)
class Audience:
    """Who reads a channel: the known people, and whether somebody among them is unknown."""

    people: tuple[Person, ...]
    strangers: bool


class Directory:
    """Slack's accounts and channels, remembered for a short while. Thread-safe.

    Slack's own failures come through as `slack_sdk.errors.SlackApiError`.
    """

    def __init__(
        self,
        client: WebClient,
        catalogue: Catalogue,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` counts seconds."""
        self._client = client
        self._catalogue = catalogue
        self._clock = clock
        self._lock = threading.Lock()
        self._home: Home | None = None
        self._accounts: dict[str, tuple[float, Account]] = {}
        self._members: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._joins: dict[str, int] = {}

    def home(self) -> Home:
        """The bot's own workspace; asked once."""
        if self._home is None:
            found = self._client.auth_test()
            self._home = Home(
                str(found["team_id"]), str(found.get("enterprise_id") or ""), str(found["user_id"])
            )
        return self._home

    def person(self, user: str) -> Person | None:
        """The person behind an account, None for a bot or somebody the company doesn't know."""
        account = self._account(user)
        if not account.reads or not account.email:
            return None
        return people.find(self._catalogue, account.email)

    def audience(self, channel: str, also: str) -> Audience:
        """Everybody who reads the channel, and the account `also`, who spoke there."""
        users = dict.fromkeys((*self._channel_members(channel), also))
        self._learn_many(users)
        known: list[Person] = []
        for user in users:
            if not self._account(user).reads:
                continue
            person = self.person(user)
            if person is None:
                return Audience((), strangers=True)
            known.append(person)
        return Audience(tuple(known), strangers=False)

    def joins(self, channel: str) -> int:
        """How often somebody joined the channel since the start: it changes when one does."""
        with self._lock:
            return self._joins.get(channel, 0)

    def somebody_joined(self, channel: str) -> None:
        """Forgets who is in the channel."""
        with self._lock:
            self._members.pop(channel, None)
            self._joins[channel] = self._joins.get(channel, 0) + 1

    def _channel_members(self, channel: str) -> tuple[str, ...]:
        with self._lock:
            found = self._members.get(channel)
            joins = self._joins.get(channel, 0)
        if found is not None and found[0] > self._clock():
            return found[1]
        members: list[str] = []
        cursor = ""
        while True:
            page = self._client.conversations_members(channel=channel, limit=_PAGE, cursor=cursor)
            members += page["members"]
            cursor = _next_cursor(page)
            if not cursor:
                break
        with self._lock:
            # Who joined while the pages were read may be missing from them.
            if self._joins.get(channel, 0) == joins:
                self._members[channel] = (self._clock() + MEMBERS_TTL_S, tuple(members))
        return tuple(members)

    def _learn_many(self, users: Iterable[str]) -> None:
        """One list of all accounts instead of a call for each, when many are new."""
        if sum(self._remembered(user) is None for user in users) < _MANY:
            return
        cursor = ""
        while True:
            page = self._client.users_list(limit=_PAGE, cursor=cursor)
            self._remember(page["members"])
            cursor = _next_cursor(page)
            if not cursor:
                return

    def _account(self, user: str) -> Account:
        found = self._remembered(user)
        if found is None:
            (found,) = self._remember([self._client.users_info(user=user)["user"]])
        return found

    def _remembered(self, user: str) -> Account | None:
        with self._lock:
            found = self._accounts.get(user)
        return found[1] if found is not None and found[0] > self._clock() else None

    def _remember(self, users: Sequence[Mapping[str, Any]]) -> list[Account]:
        accounts = [_account_of(user, self.home()) for user in users]
        until = self._clock() + ACCOUNT_TTL_S
        with self._lock:
            self._accounts.update({one.user: (until, one) for one in accounts})
        return accounts


def _account_of(user: Mapping[str, Any], home: Home) -> Account:
    """What may be believed of Slack's description of an account."""
    enterprise = str((user.get("enterprise_user") or {}).get("enterprise_id") or "")
    same_organisation = home.enterprise != "" and enterprise == home.enterprise
    ours = user.get("team_id") == home.team or same_organisation
    vouched = ours and not user.get("is_stranger") and user.get("is_email_confirmed") is not False
    email = str((user.get("profile") or {}).get("email") or "") if vouched else ""
    bot = user["id"] == "USLACKBOT" or (ours and user.get("is_bot"))
    gone = ours and user.get("deleted")
    return Account(str(user["id"]), email.strip(), reads=not (bot or gone))


def _next_cursor(page: Any) -> str:
    return str((page.get("response_metadata") or {}).get("next_cursor") or "")
