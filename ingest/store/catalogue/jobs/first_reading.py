"""How far sources are that are being read for the first time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from ingest.store.catalogue.access.classes import EVERYONE, AccessRule
from ingest.store.catalogue.database.schema import job, source
from ingest.store.catalogue.jobs.records import SYNC, UNFINISHED, JobState
from ingest.store.catalogue.sources import UPLOADS, rules_from_json

_EVERYTHING = {"**", "**/*"}

# Put together once: every question asks for these.
_NEW_SOURCES = select(source.c.name, source.c.access).where(
    source.c.synced_at.is_(None), source.c.paused.is_(False), source.c.name != UPLOADS
)


@dataclass(frozen=True, slots=True)
class FirstReading:
    """`done` of `total` files are read; `total` is 0 while they are still being counted.

    `counted` is whether these numbers may be told: not to whom some of the files are closed.
    """

    done: int
    total: int
    counted: bool = True


def first_reading(
    connection: Connection,
    groups: Iterable[str],
    *,
    admin: bool = False,
    only: frozenset[str] | None = None,
) -> FirstReading | None:
    """How far the first syncs are of sources from which somebody in `groups` may read anything.

    Sources whose rules name none of the groups are not counted, and neither are those that rest.
    Numbers may be told to those only who may read every file of what is being read;
    `only` narrows to some sources. None when no such sync runs or waits.
    """
    own = {*groups, EVERYONE}
    rules = {
        row.name: rules_from_json(row.access)
        for row in connection.execute(_NEW_SOURCES)
        if only is None or row.name in only
    }
    names = [
        name for name, some in rules.items() if admin or any(rule.groups & own for rule in some)
    ]
    if not names:
        return None
    of_them = select(job.c.source, job.c.state, job.c.options, job.c.done, job.c.total).where(
        job.c.source.in_(names),
        job.c.kind == SYNC,
        job.c.state.in_((*UNFINISHED, JobState.DONE.value)),
    )
    syncs = [
        row
        for row in connection.execute(of_them)
        if not (row.options.get("dry_run") or row.options.get("paths"))
    ]
    # Sources of before these times were noted have none, but finished jobs.
    known = {row.source for row in syncs if row.state == JobState.DONE.value}
    running = [row for row in syncs if row.source not in known]
    if not running:
        return None
    total = sum(row.total for row in running)
    counted = admin or all(_reads_all(rules[row.source], own) for row in running)
    return FirstReading(min(total, sum(row.done for row in running)), total, counted)


def _reads_all(rules: Sequence[AccessRule], own: set[str]) -> bool:
    """Whether somebody in these groups may read whatever a source has."""
    for rule in rules:
        if not rule.groups & own:
            return False
        if rule.pattern in _EVERYTHING:
            return True
    return False
