"""Which rows are live: a generation's chunks of each document's live version."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, select

from ingest.store.catalogue.database.schema import chunk, document, source
from ingest.store.catalogue.generations import live_id


def is_live(generation: int | None = None) -> ColumnElement[bool]:
    """Whether a joined chunk is of its document's live version and of a generation (None: the live
    one)."""
    return and_(
        document.c.id == chunk.c.document_id,
        document.c.live_version == chunk.c.version,
        chunk.c.generation == (live_id() if generation is None else generation),
    )


def live_statement(  # type: ignore[no-untyped-def]  # a 22-column Select
    *more: ColumnElement[int], generation: int | None = None
):
    """Every live chunk of a generation with what a citation needs, and `more` columns."""
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
        .join(document, is_live(generation))
        .join(source, source.c.name == document.c.source)
    )
