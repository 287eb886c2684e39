"""People by e-mail address: whom a chat bot acts for, and which groups they are in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Row, delete, select

from ingest.errors import NotFound
from ingest.store.catalogue.database.schema import person
from ingest.store.catalogue.database.upsert import upsert


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the company knows."""

    email: str
    name: str
    groups: frozenset[str]
    role: str


def save(tx: Connection, email: str, name: str, groups: Iterable[str], role: str) -> Person:
    """Adds or replaces a person; addresses are compared without case."""
    one = Person(email.strip().lower(), name, frozenset(groups), role)
    upsert(
        tx,
        person,
        [
            {
                "email": one.email,
                "name": one.name,
                "groups": sorted(one.groups),
                "role": one.role,
                "verified": True,
            }
        ],
    )
    return one


def find(connection: Connection, email: str) -> Person | None:
    """The person with this address, if known."""
    row = connection.execute(
        select(person).where(person.c.email == email.strip().lower())
    ).one_or_none()
    return None if row is None else _person(row)


def everybody(connection: Connection) -> list[Person]:
    """All known people, by address."""
    return [_person(row) for row in connection.execute(select(person).order_by(person.c.email))]


def remove(tx: Connection, email: str) -> None:
    """Forgets a person.

    Raises:
        NotFound: nobody has this address.
    """
    gone = tx.execute(delete(person).where(person.c.email == email.strip().lower())).rowcount
    if gone == 0:
        raise NotFound(f"nobody with the address {email!r} is known")


def _person(row: Row[tuple[object, ...]]) -> Person:
    return Person(row.email, row.name, frozenset(row.groups), row.role)
