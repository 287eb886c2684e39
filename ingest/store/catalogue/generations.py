"""Generations of chunks: how documents are cut, embedded and analysed, and which of them is live.

Readers see the chunks of the live generation only. Which one that is, is one row: a switch is one
transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    ScalarSelect,
    and_,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from ingest.errors import NotFound
from ingest.store.catalogue.database.schema import chunk, document, embedding, generation

FIRST = 1
"""The generation of catalogues that know of no other."""


class GenerationState(StrEnum):
    """`kept` generations were live once (or were built to be tried) and can be switched to."""

    BUILDING = "building"
    LIVE = "live"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides what an index holds for a given text.

    `embedder` is the setting that opens the model, `model` the name that its vectors are kept
    under; `chunker` and `analyser` are the versions of our own code.
    """

    embedder: str
    model: str
    dimensions: int
    chunk_tokens: int
    chunk_max_tokens: int
    chunker: int
    analyser: int

    def to_json(self) -> dict[str, Any]:
        """As stored and sent."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Generation:
    """A generation as it stands."""

    id: int
    state: GenerationState
    recipe: Recipe
    created_at: datetime
    switched_at: datetime | None


def live_id() -> ScalarSelect[int]:
    """The number of the live generation, inside a statement."""
    live = select(generation.c.id).where(generation.c.state == GenerationState.LIVE.value)
    return select(func.coalesce(live.scalar_subquery(), FIRST)).scalar_subquery()


def every(connection: Connection) -> list[Generation]:
    """All of them, oldest first."""
    rows = connection.execute(select(generation).order_by(generation.c.id))
    return [_generation(row) for row in rows]


def get(connection: Connection, number: int) -> Generation:
    """One of them.

    Raises:
        NotFound: there is none of that number.
    """
    row = connection.execute(select(generation).where(generation.c.id == number)).one_or_none()
    if row is None:
        raise NotFound(f"there is no generation {number}; `footnote generations list` shows them")
    return _generation(row)


def live(connection: Connection) -> Generation | None:
    """The live one; None in a catalogue that was never opened for indexing."""
    rows = every(connection)
    return next((one for one in rows if one.state is GenerationState.LIVE), None)


def begin(
    tx: Connection, recipe: Recipe, state: GenerationState = GenerationState.BUILDING
) -> Generation:
    """A new generation."""
    highest = tx.scalar(select(func.max(generation.c.id)))
    number = FIRST if highest is None else highest + 1
    now = datetime.now(UTC)
    tx.execute(
        insert(generation).values(
            id=number, state=state.value, recipe=recipe.to_json(), created_at=now
        )
    )
    return get(tx, number)


def make_live(tx: Connection, number: int) -> None:
    """Readers see this generation, and the one that they saw is kept, when `tx` commits."""
    table, states = generation.c, GenerationState
    tx.execute(
        update(generation).where(table.state == states.LIVE.value).values(state=states.KEPT.value)
    )
    tx.execute(
        update(generation)
        .where(table.id == number)
        .values(state=states.LIVE.value, switched_at=datetime.now(UTC))
    )


def drop(tx: Connection, number: int) -> None:
    """Forgets a generation with its chunks, and vectors of models that no other one uses."""
    tx.execute(delete(chunk).where(chunk.c.generation == number))
    tx.execute(delete(generation).where(generation.c.id == number))
    used = {one.recipe.model for one in every(tx)}
    tx.execute(delete(embedding).where(embedding.c.model.not_in(used)))


def waiting(connection: Connection, number: int, after: str, limit: int) -> list[tuple[str, int]]:
    """Documents (id above `after`, and live version) that have no chunks in a generation yet."""
    there = exists().where(
        and_(
            chunk.c.document_id == document.c.id,
            chunk.c.version == document.c.live_version,
            chunk.c.generation == number,
        )
    )
    rows = connection.execute(
        select(document.c.id, document.c.live_version)
        .where(document.c.live_version.is_not(None), document.c.id > after, ~there)
        .order_by(document.c.id)
        .limit(limit)
    )
    return [(row.id, row.live_version) for row in rows]


def count_waiting(connection: Connection, number: int) -> int:
    """How many documents have no chunks in a generation yet."""
    there = exists().where(
        and_(
            chunk.c.document_id == document.c.id,
            chunk.c.version == document.c.live_version,
            chunk.c.generation == number,
        )
    )
    counted = select(func.count()).select_from(document)
    return connection.scalar(counted.where(document.c.live_version.is_not(None), ~there)) or 0


def live_versions(tx: Connection, document_ids: Sequence[str]) -> dict[str, int]:
    """The live version of each of these documents that still has one."""
    rows = tx.execute(
        select(document.c.id, document.c.live_version).where(
            document.c.id.in_(document_ids), document.c.live_version.is_not(None)
        )
    )
    return {row.id: row.live_version for row in rows}


def _generation(row: Row[tuple[object, ...]]) -> Generation:
    return Generation(
        row.id,
        GenerationState(row.state),
        Recipe(**row.recipe),
        row.created_at,
        row.switched_at,
    )
