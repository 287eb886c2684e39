"""Publishing: the one transaction that moves a document's `live_version`.

It drops the old version's chunks and notes them for purging, so that every reader sees a document
wholly old before and wholly new after.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Connection,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from ingest.store.catalogue.database.ids import new_id
from ingest.store.catalogue.database.schema import document, purge, version
from ingest.store.catalogue.database.upsert import insert_missing
from ingest.store.catalogue.documents.changing import moment_of
from ingest.store.catalogue.documents.removing import retire_chunks
from ingest.store.catalogue.documents.staging import Staged
from ingest.types import DocumentState, SourceFile

KEPT_VERSIONS = 3
"""Versions of a document whose text stays, so that an old footnote still opens what was cited."""


def publish_versions(
    tx: Connection, staged: Sequence[Staged], kept_versions: int = KEPT_VERSIONS
) -> None:
    """Makes staged versions live: each document is wholly old before and wholly new after.

    The last `kept_versions` of a document stay, the live one among them.

    The access class is not touched: it follows the source's rules, which may have become stricter
    since the version was staged. What belongs to a document that was deleted meanwhile is purged.
    """
    if not staged:
        return
    _bury(tx, staged)
    now = datetime.now(UTC)
    rows = []
    for one in staged:
        file, parsed = one.new.file, one.new.parsed
        rows.append(
            {
                "document_id": one.document_id,
                "path": file.path,
                "state": DocumentState.INDEXED.value,
                "reason": one.new.reason,
                "live_version": one.version,
                "content_hash": file.content_hash,
                "size": file.size,
                "mtime_ns": file.mtime_ns,
                "title": parsed.title,
                "language": parsed.language,
                "pages": parsed.pages,
                "details": dict(parsed.metadata),
                "modified_at": moment_of(file.mtime_ns),
                "indexed_at": now,
            }
        )
    columns: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "document_id"}
    tx.execute(
        update(document).where(document.c.id == bindparam("document_id")).values(columns), rows
    )
    for one in staged:
        if one.version > 1:
            retire_chunks(tx, [one.document_id], keep_version=one.version)
            tx.execute(
                delete(version).where(
                    version.c.document_id == one.document_id,
                    version.c.version <= one.version - kept_versions,
                )
            )


def record_unread(
    tx: Connection,
    file: SourceFile,
    access_class: int,
    state: DocumentState,
    reason: str,
    document_id: str | None,
) -> str:
    """Notes a file that gave no text; a last good version stays live."""
    now = datetime.now(UTC)
    values = {
        "path": file.path,
        "state": state.value,
        "reason": reason,
        "access_class": access_class,
        "content_hash": file.content_hash,
        "size": file.size,
        "mtime_ns": file.mtime_ns,
        "indexed_at": now,
    }
    if document_id is not None:
        tx.execute(update(document).where(document.c.id == document_id).values(values))
        return document_id
    made = new_id("doc")
    tx.execute(
        insert(document).values(
            id=made,
            source=file.source,
            title=file.path.rsplit("/", 1)[-1],
            modified_at=moment_of(file.mtime_ns),
            **values,
        )
    )
    return made


def _bury(tx: Connection, staged: Sequence[Staged]) -> None:
    """Notes for purging what was indexed of documents that somebody has deleted meanwhile."""
    ids = [one.document_id for one in staged]
    there = set(tx.scalars(select(document.c.id).where(document.c.id.in_(ids))))
    dead = [
        chunk_id for one in staged if one.document_id not in there for chunk_id in one.chunk_ids
    ]
    insert_missing(tx, purge, [{"chunk_id": chunk_id} for chunk_id in dead])
