"""Named counters: numbers that are given out once and never again, whatever is deleted."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from ingest.store.catalogue.database.schema import state


def take(tx: Connection, name: str, count: int) -> int:
    """Reserves `count` consecutive numbers and returns the first; the first ever is 1."""
    key = f"next:{name}"
    found = tx.scalar(select(state.c.value).where(state.c.key == key).with_for_update())
    first = 1 if found is None else int(found)
    if found is None:
        tx.execute(insert(state).values(key=key, value=str(first + count)))
    elif count:
        tx.execute(update(state).where(state.c.key == key).values(value=str(first + count)))
    return first


def upcoming(connection: Connection, name: str) -> int:
    """The number that is given out next: it has moved if anything was numbered meanwhile."""
    found = connection.scalar(select(state.c.value).where(state.c.key == f"next:{name}"))
    return 1 if found is None else int(found)
