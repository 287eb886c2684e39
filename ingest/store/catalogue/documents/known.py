"""What the catalogue knows of the files of a source: what a plan is compared with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    func,
    select,
)

from ingest.store.catalogue.database.batches import in_parts
from ingest.store.catalogue.database.schema import document
from ingest.types import DocumentState


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A document as the last sync left it: what a plan is compared with."""

    document_id: str
    path: str
    size: int
    mtime_ns: int
    content_hash: str
    state: DocumentState
    access_class: int
    live_version: int | None


def known_files(
    connection: Connection, source: str, path: str | None = None
) -> dict[str, KnownFile]:
    """Every document of a source by its path, or only the one at `path`."""
    c = document.c
    here = c.source == source if path is None else (c.source == source) & (c.path == path)
    return _known(connection, here)


def known_below(connection: Connection, source: str, paths: Iterable[str]) -> dict[str, KnownFile]:
    """Those documents of a source that are at one of the paths or below it, by path."""
    found: dict[str, KnownFile] = {}
    c = document.c
    for path in paths:
        below = (c.path > f"{path}/") & (c.path < f"{path}0")  # "0" is the character after "/"
        found.update(_known(connection, (c.source == source) & ((c.path == path) | below)))
    return found


def count_documents(connection: Connection, source: str) -> int:
    """How many documents a source has."""
    counted = select(func.count()).select_from(document).where(document.c.source == source)
    return connection.scalar(counted) or 0


def _known(connection: Connection, here: ColumnElement[bool]) -> dict[str, KnownFile]:
    c = document.c
    rows = connection.execute(
        select(
            c.id,
            c.path,
            c.size,
            c.mtime_ns,
            c.content_hash,
            c.state,
            c.access_class,
            c.live_version,
        ).where(here)
    )
    return {
        row.path: KnownFile(
            row.id,
            row.path,
            row.size,
            row.mtime_ns,
            row.content_hash,
            DocumentState(row.state),
            row.access_class,
            row.live_version,
        )
        for row in rows
    }


def ids_at(connection: Connection, source: str, paths: Sequence[str]) -> dict[str, str]:
    """The ids of the documents that a source has at these paths now."""
    found: dict[str, str] = {}
    for part in in_parts(paths):
        rows = connection.execute(
            select(document.c.path, document.c.id).where(
                document.c.source == source, document.c.path.in_(part)
            )
        )
        found.update((row.path, row.id) for row in rows)
    return found
