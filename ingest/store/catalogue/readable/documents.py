"""Documents that a reader may see: every function takes the scope of who asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, func, select

from ingest.errors import NotFound
from ingest.store.catalogue.access.classes import readable_classes
from ingest.store.catalogue.database.schema import document, source, version
from ingest.store.catalogue.documents.texts import unpack_blocks
from ingest.types import Block, Scope


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


def live_versions(
    connection: Connection, document_ids: Iterable[str], scope: Scope
) -> dict[str, int]:
    """The live version of each of the documents that has one and that the asker may read."""
    statement = select(document.c.id, document.c.live_version).where(
        document.c.id.in_(list(document_ids)),
        document.c.access_class.in_(scope.classes),
        document.c.live_version.is_not(None),
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


def scope_of_admin(connection: Connection) -> Scope:
    """The scope of an admin: every class there is at this moment."""
    return Scope(readable_classes(connection, (), admin=True))


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
