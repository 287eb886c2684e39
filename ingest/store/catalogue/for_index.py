"""What keeping the indexes true needs of the catalogue: every live row, whoever may read it.

Nothing here may reach a reader; `readable` is for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from ingest.store.catalogue.database.schema import chunk, document, purge
from ingest.store.catalogue.documents.live_rows import is_live, live_statement
from ingest.text.composed import indexed_text
from ingest.types import IndexRow


@dataclass(frozen=True, slots=True)
class LiveRow:
    """What the indexes keep of a live chunk besides its words and vector."""

    chunk_id: int
    access_class: int
    language: str
    source: str
    modified_at: datetime
    text_hash: str


def live_rows(connection: Connection, generation: int | None = None) -> Iterator[LiveRow]:
    """Every live chunk of a generation (None: the live one), by id."""
    statement = _live_rows(generation).execution_options(yield_per=5000)
    for row in connection.execute(statement):
        yield LiveRow(*row)


def live_page(
    connection: Connection, generation: int | None, after: int, limit: int
) -> list[LiveRow]:
    """The next `limit` live chunks of a generation with ids above `after`, by id."""
    statement = _live_rows(generation).where(chunk.c.id > after).limit(limit)
    return [LiveRow(*row) for row in connection.execute(statement)]


def live_rows_of(
    connection: Connection, generation: int | None, chunk_ids: Sequence[int]
) -> list[LiveRow]:
    """Those of some chunks (at most 5,000 or so) that are live in a generation, by id."""
    statement = _live_rows(generation).where(chunk.c.id.in_(chunk_ids))
    return [LiveRow(*row) for row in connection.execute(statement)]


def index_rows(
    connection: Connection, chunk_ids: Sequence[int], generation: int | None = None
) -> list[tuple[IndexRow, datetime]]:
    """Live chunks of a generation (None: the live one) as the indexes see them, with the time of
    their document, by id."""
    rows = connection.execute(
        live_statement(document.c.access_class, generation=generation)
        .where(chunk.c.id.in_(chunk_ids))
        .order_by(chunk.c.id)
    )
    return [
        (
            IndexRow(
                chunk_id=row.id,
                access_class=row.access_class,
                language=row.language,
                source=row.source,
                title=row.title,
                path=row.path,
                headings=tuple(row.headings),
                text=indexed_text(row.table_header, row.text),
            ),
            row.modified_at,
        )
        for row in rows
    ]


def text_hashes(connection: Connection, chunk_ids: Sequence[int]) -> dict[int, str]:
    """The hash of what is embedded of each chunk."""
    rows = connection.execute(
        select(chunk.c.id, chunk.c.text_hash).where(chunk.c.id.in_(chunk_ids))
    )
    return {row.id: row.text_hash for row in rows}


def unseen_chunks(connection: Connection, chunk_ids: Sequence[int]) -> set[int]:
    """Those of some chunks that an index may hold though nobody sees them: staged ones, and dead
    ones that wait to be purged."""
    staged = (
        select(chunk.c.id)
        .join(document, document.c.id == chunk.c.document_id)
        .where(
            chunk.c.id.in_(chunk_ids),
            document.c.live_version.is_(None) | (document.c.live_version != chunk.c.version),
        )
    )
    waiting = select(purge.c.chunk_id).where(purge.c.chunk_id.in_(chunk_ids))
    return {*connection.scalars(staged), *connection.scalars(waiting)}


def chunk_ids_of(connection: Connection, document_ids: Sequence[str]) -> list[int]:
    """The live chunks of documents."""
    statement = (
        select(chunk.c.id)
        .select_from(chunk)
        .join(document, is_live())
        .where(document.c.id.in_(document_ids))
    )
    return list(connection.scalars(statement))


def _live_rows(  # type: ignore[no-untyped-def]  # a 6-column Select
    generation: int | None,
):
    return (
        select(
            chunk.c.id,
            document.c.access_class,
            chunk.c.language,
            document.c.source,
            document.c.modified_at,
            chunk.c.text_hash,
        )
        .select_from(chunk)
        .join(document, is_live(generation))
        .order_by(chunk.c.id)
    )
