"""Chunks that a reader may see: live rows only, allowed rows only.

Every hit of an index passes through `live_chunks` before anything else sees it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select

from ingest.store.catalogue.database.schema import chunk, document, version
from ingest.store.catalogue.live_rows import live_statement
from ingest.types import Scope


@dataclass(frozen=True, slots=True)
class LiveChunk:
    """A chunk of a live version that the asker may read, with what a citation needs."""

    chunk_id: int
    document_id: str
    version: int
    ordinal: int
    start: int
    end: int
    text: str
    headings: tuple[str, ...]
    language: str
    page_start: int | None
    page_end: int | None
    sheet: str | None
    row_start: int | None
    row_end: int | None
    table_header: str | None
    inner_headings: tuple[str, ...]
    title: str
    source: str
    path: str
    owner: str | None
    modified_at: datetime
    content_hash: str


def live_chunks(
    connection: Connection, chunk_ids: Sequence[int], scope: Scope
) -> dict[int, LiveChunk]:
    """Those of `chunk_ids` that are live and inside `scope`, by id; the others are not there."""
    if not chunk_ids or not scope.classes:
        return {}
    rows = connection.execute(live_statement().where(chunk.c.id.in_(chunk_ids), _inside(scope)))
    return {row.id: _live_chunk(row) for row in rows}


def neighbouring_chunks(
    connection: Connection, document_id: str, number: int, first: int, last: int
) -> list[LiveChunk]:
    """The chunks `first`..`last` (ordinals) of a version, in order; call for allowed documents."""
    rows = connection.execute(
        live_statement()
        .where(
            chunk.c.document_id == document_id,
            chunk.c.version == number,
            chunk.c.ordinal.between(first, last),
        )
        .order_by(chunk.c.ordinal)
    )
    return [_live_chunk(row) for row in rows]


def slice_text(connection: Connection, document_id: str, number: int, start: int, end: int) -> str:
    """`canonical_text[start:end]` of a version; "" when the version is gone."""
    found = connection.scalar(
        select(func.substr(version.c.text, start + 1, end - start)).where(
            version.c.document_id == document_id, version.c.version == number
        )
    )
    return found or ""


def _inside(scope: Scope) -> ColumnElement[bool]:
    wanted: list[ColumnElement[bool]] = [document.c.access_class.in_(scope.classes)]
    if scope.sources is not None:
        wanted.append(document.c.source.in_(scope.sources))
    if scope.languages is not None:
        wanted.append(chunk.c.language.in_(scope.languages))
    if scope.modified_after is not None:
        wanted.append(document.c.modified_at > scope.modified_after)
    return and_(*wanted)


def _live_chunk(row: Row[tuple[object, ...]]) -> LiveChunk:
    return LiveChunk(
        chunk_id=row.id,
        document_id=row.document_id,
        version=row.version,
        ordinal=row.ordinal,
        start=row.start,
        end=row.end,
        text=row.text,
        headings=tuple(row.headings),
        language=row.language,
        page_start=row.page_start,
        page_end=row.page_end,
        sheet=row.sheet,
        row_start=row.row_start,
        row_end=row.row_end,
        table_header=row.table_header,
        inner_headings=tuple(row.inner_headings),
        title=row.title,
        source=row.source,
        path=row.path,
        owner=row.owner,
        modified_at=row.modified_at,
        content_hash=row.content_hash,
    )
