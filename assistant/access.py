"""From who asks to what they may see: principals and the scope of their searches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from assistant.types import Filters, Principal, Role
from ingest.store.catalogue.access.classes import classes_open_to_all, readable_classes
from ingest.store.catalogue.accounts.keys import ApiKey
from ingest.store.catalogue.accounts.people import Person
from ingest.types import Scope


def principal(
    connection: Connection, principal_id: str, name: str, role: Role, groups: Iterable[str]
) -> Principal:
    """A principal with the access classes that their groups may read at this moment."""
    own = frozenset(groups)
    classes = readable_classes(connection, own, admin=role is Role.ADMIN)
    return Principal(principal_id, name, own, role, classes)


def principal_for_key(connection: Connection, key: ApiKey) -> Principal:
    """Who holds an API key."""
    return principal(connection, key.id, key.name, Role(key.role), key.groups)


def principal_for_person(connection: Connection, person: Person) -> Principal:
    """A person known by e-mail address, as a bot acts for them."""
    return principal(
        connection, f"person:{person.email}", person.name, Role(person.role), person.groups
    )


def channel_principal(connection: Connection, channel: str, people: Sequence[Person]) -> Principal:
    """A channel's audience: it may read only what every one of `people` may read.

    Admins in the channel count with their groups only, so that their presence opens nothing.
    """
    classes = classes_open_to_all(connection, [person.groups for person in people])
    return Principal(f"channel:{channel}", channel, frozenset(), Role.BOT, classes)


def scope_of(asker: Principal, filters: Filters | None = None) -> Scope:
    """What a search of this principal may see."""
    filters = filters or Filters()
    return Scope(asker.classes, filters.sources, filters.languages, filters.modified_after)
