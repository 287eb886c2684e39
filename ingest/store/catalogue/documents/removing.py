"""Taking documents, versions and chunks away, and noting what the indexes still hold of them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import (
    ColumnElement,
    Connection,
    delete,
    select,
    true,
)

from ingest.store.catalogue.database.batches import in_parts
from ingest.store.catalogue.database.schema import chunk, document, purge, version
from ingest.store.catalogue.database.upsert import insert_missing
from ingest.types import DocumentState


def remove_documents(tx: Connection, document_ids: Sequence[str]) -> None:
    """Deletes documents with all their versions; gone for every reader when `tx` commits."""
    for part in in_parts(document_ids):
        retire_chunks(tx, part, keep_version=None)
        tx.execute(delete(document).where(document.c.id.in_(part)))


def drop_staged(tx: Connection, source: str | None = None) -> int:
    """Removes what a killed process (or a sync of `source` that failed) had staged.

    Nobody may be indexing there just now. Returns how many versions that were.
    """
    here = document.c.source == source if source is not None else true()
    unseen = (
        select(version.c.document_id, version.c.version)
        .join(document, document.c.id == version.c.document_id)
        .where((document.c.live_version.is_(None)) | (version.c.version > document.c.live_version))
        .where(here)
    )
    dropped = tx.execute(unseen).all()
    for document_id, number in dropped:
        mine = (chunk.c.document_id == document_id) & (chunk.c.version == number)
        ids = list(tx.scalars(select(chunk.c.id).where(mine)))
        insert_missing(tx, purge, [{"chunk_id": chunk_id} for chunk_id in ids])
        tx.execute(delete(chunk).where(mine))
        tx.execute(
            delete(version).where(version.c.document_id == document_id, version.c.version == number)
        )
    # A document that never got as far as a state of its own was being added: the next sync adds it.
    tx.execute(
        delete(document).where(
            document.c.live_version.is_(None),
            document.c.state == DocumentState.INDEXED.value,
            here,
        )
    )
    return len(dropped)


def to_purge(connection: Connection, limit: int) -> list[int]:
    """Chunk ids that are dead in the catalogue but still in the indexes."""
    return list(connection.scalars(select(purge.c.chunk_id).limit(limit)))


def note_purged(tx: Connection, chunk_ids: Sequence[int]) -> None:
    """Notes that these ids are gone from the indexes too."""
    for part in in_parts(chunk_ids):
        tx.execute(delete(purge).where(purge.c.chunk_id.in_(part)))


def retire_chunks(tx: Connection, document_ids: Sequence[str], keep_version: int | None) -> None:
    """Deletes chunks of documents (but those of one version), noting them for purging."""
    mine: ColumnElement[bool] = chunk.c.document_id.in_(document_ids)
    if keep_version is not None:
        mine &= chunk.c.version != keep_version
    ids = list(tx.scalars(select(chunk.c.id).where(mine)))
    if ids:
        insert_missing(tx, purge, [{"chunk_id": chunk_id} for chunk_id in ids])
        tx.execute(delete(chunk).where(mine))
