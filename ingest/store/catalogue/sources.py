"""Sources: folders and other places that the index is kept true to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from ingest.errors import NotFound
from ingest.store.catalogue.access.classes import AccessRule
from ingest.store.catalogue.database.schema import source
from ingest.store.catalogue.database.upsert import upsert

UPLOADS = "uploads"
"""The source of documents that came over HTTP; its folder is inside the state folder."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where documents come from, what of it is indexed, who may read what, who answers for it.

    `path` is the folder, address or archive; `kind` says which, and `options` what else its kind
    needs. `watch` indexes changes as they happen, `interval_s` looks every so many seconds;
    a `paused` source is left alone until it is resumed.
    """

    name: str
    path: str
    include: tuple[str, ...] = ("**/*",)
    exclude: tuple[str, ...] = ()
    access: tuple[AccessRule, ...] = ()
    owner: str | None = None
    kind: str = "folder"
    options: Mapping[str, Any] = field(default_factory=dict)
    watch: bool = False
    interval_s: int | None = None
    paused: bool = False


def save(tx: Connection, one: Source) -> None:
    """Adds the source, or replaces its description; whether it is paused stays as it is."""
    upsert(
        tx,
        source,
        [
            {
                "name": one.name,
                "path": one.path,
                "include": list(one.include),
                "exclude": list(one.exclude),
                "access": [
                    {"pattern": rule.pattern, "groups": sorted(rule.groups)} for rule in one.access
                ],
                "owner": one.owner,
                "kind": one.kind,
                "options": dict(one.options),
                "watch": one.watch,
                "interval_s": one.interval_s,
                "created_at": datetime.now(UTC),
            }
        ],
    )


def get(connection: Connection, name: str) -> Source:
    """The source called `name`.

    Raises:
        NotFound: there is none.
    """
    row = connection.execute(select(source).where(source.c.name == name)).one_or_none()
    if row is None:
        raise NotFound(f"there is no source called {name!r}; `footnote sources list` shows them")
    return _source(row)


def all_sources(connection: Connection) -> list[Source]:
    """Every source, by name."""
    return [_source(row) for row in connection.execute(select(source).order_by(source.c.name))]


def set_paused(tx: Connection, name: str, paused: bool) -> None:
    """Lets a source rest, or go on.

    Raises:
        NotFound: there is no such source.
    """
    get(tx, name)
    tx.execute(update(source).where(source.c.name == name).values(paused=paused))


@dataclass(frozen=True, slots=True)
class Timing:
    """When a source was last brought up to date, and when all its content was last compared."""

    source: Source
    created_at: datetime
    synced_at: datetime | None
    reconciled_at: datetime | None


def timings(connection: Connection) -> list[Timing]:
    """Every source with its times, by name."""
    rows = connection.execute(select(source).order_by(source.c.name))
    return [Timing(_source(row), row.created_at, row.synced_at, row.reconciled_at) for row in rows]


def synced(tx: Connection, name: str, *, reconciled: bool) -> None:
    """Notes that a source is up to date now."""
    now = datetime.now(UTC)
    values = {"synced_at": now} | ({"reconciled_at": now} if reconciled else {})
    tx.execute(update(source).where(source.c.name == name).values(**values))


def paused_names(connection: Connection) -> frozenset[str]:
    """The sources that rest."""
    return frozenset(connection.scalars(select(source.c.name).where(source.c.paused)))


def remove(tx: Connection, name: str) -> None:
    """Forgets a source whose documents are already gone."""
    tx.execute(delete(source).where(source.c.name == name))


def rules_from_json(access: Sequence[dict[str, object]]) -> tuple[AccessRule, ...]:
    """Access rules from their stored or sent form."""
    rules: list[AccessRule] = []
    for rule in access:
        groups = rule["groups"]
        assert isinstance(groups, list)
        rules.append(AccessRule(str(rule["pattern"]), frozenset(str(group) for group in groups)))
    return tuple(rules)


def _source(row: Row[tuple[object, ...]]) -> Source:
    return Source(
        name=row.name,
        path=row.path,
        include=tuple(row.include),
        exclude=tuple(row.exclude),
        access=rules_from_json(row.access),
        owner=row.owner,
        kind=row.kind,
        options=dict(row.options),
        watch=row.watch,
        interval_s=row.interval_s,
        paused=row.paused,
    )
