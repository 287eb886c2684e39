"""Who may read what: a document's set of groups is one small integer, its access class.

A source's rules give each path its groups, first match wins, no match means admins only. Equal
sets share a class; a principal's groups give the classes that they may read. `everyone` is every
signed-in principal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from ingest.store.catalogue.database.schema import access_class, access_class_group
from ingest.text.globs import matches

EVERYONE = "everyone"
"""The group that every signed-in principal is in."""


@dataclass(frozen=True, slots=True)
class AccessRule:
    """Files whose path matches `pattern` (a glob, `**` crosses folders) are for `groups`."""

    pattern: str
    groups: frozenset[str]


def groups_for(path: str, rules: Sequence[AccessRule]) -> frozenset[str]:
    """The groups of the first rule that matches `path`; none means admins only."""
    for rule in rules:
        if matches(path, rule.pattern):
            return rule.groups
    return frozenset()


def class_of(tx: Connection, groups: Iterable[str]) -> int:
    """The access class of a set of groups, made if it is new."""
    names = sorted(set(groups))
    key = "\n".join(names)
    found = tx.scalar(select(access_class.c.id).where(access_class.c.groups == key))
    if found is not None:
        return int(found)
    made = tx.execute(insert(access_class).values(groups=key)).inserted_primary_key
    assert made is not None
    class_id = int(made[0])
    if names:
        tx.execute(
            insert(access_class_group),
            [{"class_id": class_id, "group_name": name} for name in names],
        )
    return class_id


def readable_classes(
    connection: Connection, groups: Iterable[str], *, admin: bool = False
) -> frozenset[int]:
    """The access classes that somebody in `groups` may read; an admin reads every class."""
    if admin:
        return frozenset(connection.scalars(select(access_class.c.id)))
    names = {*groups, EVERYONE}
    statement = select(access_class_group.c.class_id).where(
        access_class_group.c.group_name.in_(names)
    )
    return frozenset(connection.scalars(statement))


def classes_open_to_all(
    connection: Connection, groups_of_each: Sequence[Iterable[str]]
) -> frozenset[int]:
    """The classes that every one of several people may read; none for no people."""
    sets = [readable_classes(connection, groups) for groups in groups_of_each]
    return frozenset.intersection(*sets) if sets else frozenset()
