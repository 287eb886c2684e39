"""Changes of a document that leave its text alone: times, path, who may read it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection, update

from ingest.store.catalogue.database.schema import document


def touch_document(tx: Connection, document_id: str, size: int, mtime_ns: int) -> None:
    """The file's times changed, its content did not."""
    tx.execute(
        update(document)
        .where(document.c.id == document_id)
        .values(size=size, mtime_ns=mtime_ns, modified_at=moment_of(mtime_ns))
    )


def move_document(
    tx: Connection, document_id: str, path: str, mtime_ns: int, access_class: int
) -> None:
    """The same content under another path: metadata and access class change, nothing else."""
    tx.execute(
        update(document)
        .where(document.c.id == document_id)
        .values(
            path=path,
            mtime_ns=mtime_ns,
            modified_at=moment_of(mtime_ns),
            access_class=access_class,
        )
    )


def set_access_classes(tx: Connection, classes: Mapping[str, int]) -> None:
    """Gives documents (by id) new access classes."""
    for document_id, class_id in classes.items():
        tx.execute(
            update(document).where(document.c.id == document_id).values(access_class=class_id)
        )


def moment_of(mtime_ns: int) -> datetime:
    """A file's time as a datetime; one outside what a datetime can hold becomes 1970."""
    try:
        return datetime.fromtimestamp(mtime_ns / 1e9, UTC)
    except (OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(0, UTC)
