"""What readers ask of the catalogue: live rows only, allowed rows only.

Every hit of an index passes through `live_chunks` before anything else sees it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select

from ingest.catalogue.access import readable_classes
from ingest.catalogue.documents import unpack_blocks
from ingest.catalogue.generations import live_id
from ingest.catalogue.schema import chunk, document, purge, source, version
from ingest.errors import NotFound
from ingest.types import Block, IndexRow, Scope


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


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """A document's metadata, as an allowed reader sees it."""

    id: str
    source: str
    path: str
    title: str
    language: str
    state: str
    reason: str
    version: int | None
    pages: int | None
    size: int
    content_hash: str
    modified_at: datetime
    indexed_at: datetime
    owner: str | None
    details: dict[str, str]
    access_class: int


@dataclass(frozen=True, slots=True)
class VersionText:
    """The canonical text of one version of a document, and whether it is the live one."""

    document_id: str
    version: int
    live_version: int | None
    title: str
    text: str
    blocks: tuple[Block, ...]


def live_chunks(
    connection: Connection, chunk_ids: Sequence[int], scope: Scope
) -> dict[int, LiveChunk]:
    """Those of `chunk_ids` that are live and inside `scope`, by id; the others are not there."""
    if not chunk_ids or not scope.classes:
        return {}
    rows = connection.execute(_live_statement().where(chunk.c.id.in_(chunk_ids), _inside(scope)))
    return {row.id: _live_chunk(row) for row in rows}


def neighbours(
    connection: Connection, document_id: str, number: int, first: int, last: int
) -> list[LiveChunk]:
    """The chunks `first`..`last` (ordinals) of a version, in order; call for allowed documents."""
    rows = connection.execute(
        _live_statement()
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


def document_record(connection: Connection, document_id: str, scope: Scope) -> DocumentRecord:
    """A document's metadata.

    Raises:
        NotFound: no such document, or the asker may not read it (the same message for both).
    """
    row = connection.execute(
        select(document, source.c.owner)
        .join(source, source.c.name == document.c.source)
        .where(document.c.id == document_id, document.c.access_class.in_(scope.classes))
    ).one_or_none()
    if row is None:
        raise NotFound("there is no such document, or you may not read it")
    return _record(row)


def document_records(
    connection: Connection,
    scope: Scope,
    *,
    source_name: str | None = None,
    state: str | None = None,
    limit: int = 100,
    offset: int = 0,
) -> tuple[int, list[DocumentRecord]]:
    """How many documents there are inside the scope, and one page of them by source and path."""
    wanted: list[ColumnElement[bool]] = [document.c.access_class.in_(scope.classes)]
    if source_name is not None:
        wanted.append(document.c.source == source_name)
    if state is not None:
        wanted.append(document.c.state == state)
    total = connection.scalar(select(func.count()).select_from(document).where(*wanted)) or 0
    rows = connection.execute(
        select(document, source.c.owner)
        .join(source, source.c.name == document.c.source)
        .where(*wanted)
        .order_by(document.c.source, document.c.path)
        .limit(limit)
        .offset(offset)
    )
    return total, [_record(row) for row in rows]


def version_text(
    connection: Connection, document_id: str, number: int | None, scope: Scope
) -> VersionText:
    """The text of a version (None: the live one) of a document that the asker may read.

    Raises:
        NotFound: no such document or version, or the asker may not read it.
    """
    record = document_record(connection, document_id, scope)
    wanted = record.version if number is None else number
    if record.version is None or wanted is None:
        raise NotFound(f"this document has no text: {record.reason or record.state}")
    row = connection.execute(
        select(version).where(
            version.c.document_id == document_id,
            version.c.version == wanted,
            # A version above the live one is staged: nobody may see it yet.
            version.c.version <= record.version,
        )
    ).one_or_none()
    if row is None:
        raise NotFound("that version of the document is no longer kept; open the current one")
    return VersionText(
        document_id, wanted, record.version, row.title, row.text, unpack_blocks(row.blocks)
    )


def readable_documents(
    connection: Connection, document_ids: Iterable[str], scope: Scope
) -> frozenset[str]:
    """Those of the documents that exist and that the asker may read."""
    statement = select(document.c.id).where(
        document.c.id.in_(list(document_ids)),
        document.c.access_class.in_(scope.classes),
        document.c.live_version.is_not(None),
    )
    return frozenset(connection.scalars(statement))


def live_versions(connection: Connection, document_ids: Iterable[str]) -> dict[str, int]:
    """The live version of each of the documents that has one."""
    statement = select(document.c.id, document.c.live_version).where(
        document.c.id.in_(list(document_ids)), document.c.live_version.is_not(None)
    )
    return {row.id: row.live_version for row in connection.execute(statement)}


def readable_sources(connection: Connection, scope: Scope) -> list[str]:
    """Names of the sources in which the asker can read at least one document."""
    statement = (
        select(document.c.source)
        .where(document.c.access_class.in_(scope.classes), document.c.live_version.is_not(None))
        .distinct()
        .order_by(document.c.source)
    )
    return list(connection.scalars(statement))


def everything(connection: Connection) -> Scope:
    """The scope of an admin: every class there is at this moment."""
    return Scope(readable_classes(connection, (), admin=True))


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
        _live_statement(document.c.access_class, generation=generation)
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
                text=f"{row.table_header}\n{row.text}" if row.table_header else row.text,
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


def unseen(connection: Connection, chunk_ids: Sequence[int]) -> set[int]:
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
        .join(document, _is_live())
        .where(document.c.id.in_(document_ids))
    )
    return list(connection.scalars(statement))


@dataclass(frozen=True, slots=True)
class Totals:
    """How much is indexed."""

    documents: int
    chunks: int
    by_state: dict[str, int]


def totals(connection: Connection) -> Totals:
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
        .join(document, _is_live(generation))
        .order_by(chunk.c.id)
    )


def _is_live(generation: int | None = None) -> ColumnElement[bool]:
    return and_(
        document.c.id == chunk.c.document_id,
        document.c.live_version == chunk.c.version,
        chunk.c.generation == (live_id() if generation is None else generation),
    )


def _inside(scope: Scope) -> ColumnElement[bool]:
    wanted: list[ColumnElement[bool]] = [document.c.access_class.in_(scope.classes)]
    if scope.sources is not None:
        wanted.append(document.c.source.in_(scope.sources))
    if scope.languages is not None:
        wanted.append(chunk.c.language.in_(scope.languages))
    if scope.modified_after is not None:
        wanted.append(document.c.modified_at > scope.modified_after)
    return and_(*wanted)


def _live_statement(  # type: ignore[no-untyped-def]  # a 22-column Select
    *more: ColumnElement[int], generation: int | None = None
):
    return (
        select(
            chunk,
            document.c.title,
            document.c.source,
            document.c.path,
            document.c.modified_at,
            document.c.content_hash,
            source.c.owner,
            *more,
        )
        .select_from(chunk)
        .join(document, _is_live(generation))
        .join(source, source.c.name == document.c.source)
    )


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


def _record(row: Row[tuple[object, ...]]) -> DocumentRecord:
    return DocumentRecord(
        id=row.id,
        source=row.source,
        path=row.path,
        title=row.title,
        language=row.language,
        state=row.state,
        reason=row.reason,
        version=row.live_version,
        pages=row.pages,
        size=row.size,
        content_hash=row.content_hash,
        modified_at=row.modified_at,
        indexed_at=row.indexed_at,
        owner=row.owner,
        details=dict(row.details),
        access_class=row.access_class,
    )
