"""People by e-mail address: whom a chat bot acts for, and what a channel of them may read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assistant.access.principals import principal
from assistant.types import Principal, Role
from ingest.store.catalogue.access.classes import classes_open_to_all
from ingest.store.catalogue.accounts import people
from ingest.store.catalogue.accounts.people import Person
from ingest.store.catalogue.database.engine import Catalogue


def everybody(catalogue: Catalogue) -> list[Person]:
    """All known people, by address."""
    with catalogue.read() as connection:
        return people.everybody(connection)


def find(catalogue: Catalogue, email: str) -> Person | None:
    """The person with this address, if known."""
    with catalogue.read() as connection:
        return people.find(connection, email)


def save(catalogue: Catalogue, email: str, name: str, groups: Iterable[str], role: str) -> Person:
    """Adds or replaces a person; without a name the address is the name."""
    with catalogue.write() as tx:
        return people.save(tx, email, name or email, groups, role)


def remove(catalogue: Catalogue, email: str) -> None:
    """Forgets a person.

    Raises:
        NotFound: nobody has this address.
    """
    with catalogue.write() as tx:
        people.remove(tx, email)


def person_principal(catalogue: Catalogue, person: Person) -> Principal:
    """A person known by e-mail address, as a bot acts for them."""
    with catalogue.read() as connection:
        return principal(
            connection, f"person:{person.email}", person.name, Role(person.role), person.groups
        )


def channel_principal(catalogue: Catalogue, channel: str, members: Sequence[Person]) -> Principal:
    """A channel's audience: it may read only what every one of its `members` may read.

    Admins in the channel count with their groups only, so that their presence opens nothing.
    """
    with catalogue.read() as connection:
        classes = classes_open_to_all(connection, [one.groups for one in members])
    return Principal(f"channel:{channel}", channel, frozenset(), Role.BOT, classes)
