"""How much is indexed, for admins and monitoring."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from ingest.store.catalogue.database.schema import chunk, document
from ingest.store.catalogue.generations import live_id


@dataclass(frozen=True, slots=True)
class Totals:
    """How much is indexed."""

    documents: int
    chunks: int
    by_state: dict[str, int]


def index_totals(connection: Connection) -> Totals:
    """Counts over everything (for admins, metrics and readiness; not for askers)."""
    by_state = {
        str(state): int(count)
        for state, count in connection.execute(
            select(document.c.state, func.count()).group_by(document.c.state)
        )
    }
    mine = select(func.count()).select_from(chunk).where(chunk.c.generation == live_id())
    chunks = connection.scalar(mine) or 0
    return Totals(sum(by_state.values()), chunks, by_state)
