"""Documents' titles and headings, for whoever wants to know what there is to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, select

from ingest.store.catalogue.database.schema import chunk, document
from ingest.store.catalogue.documents.live_rows import is_live
from ingest.types import Scope

MOST_LOOKED_AT = 4000
"""Documents among which readable ones are looked for; their ids are random, so they are a sample
of a larger catalogue."""


@dataclass(frozen=True, slots=True)
class Headed:
    """A live chunk and the headings that begin in it; offsets are those of its version's text."""

    document_id: str
    version: int
    title: str
    headings: tuple[str, ...]
    start: int
    end: int
    text: str


def headed_chunks(
    connection: Connection, scope: Scope, language: str, *, documents: int, chunks: int
) -> list[Headed]:
    """The first `chunks` chunks of up to `documents` documents of a language inside the scope.

    By document and place in it; which documents does not change while the catalogue does not.
    """
    some = select(document.c.id).order_by(document.c.id).limit(MOST_LOOKED_AT).subquery()
    chosen = list(
        connection.scalars(
            select(document.c.id)
            .join(some, some.c.id == document.c.id)
            .where(
                document.c.access_class.in_(scope.classes),
                document.c.live_version.is_not(None),
                document.c.language == language,
            )
            .order_by(document.c.id)
            .limit(documents)
        )
    )
    rows = connection.execute(
        select(chunk, document.c.title)
        .select_from(chunk)
        .join(document, is_live())
        .where(
            chunk.c.document_id.in_(chosen),
            chunk.c.ordinal < chunks,
            # Said once more: what is read here is shown.
            document.c.access_class.in_(scope.classes),
        )
        .order_by(chunk.c.document_id, chunk.c.ordinal)
    )
    return [_headed(row) for row in rows]


def still_readable(
    connection: Connection, versions: Sequence[tuple[str, int]], scope: Scope
) -> bool:
    """Whether all these versions of documents are live and inside the scope."""
    wanted = set(versions)
    rows = connection.execute(
        select(document.c.id, document.c.live_version).where(
            document.c.id.in_([one for one, _ in wanted]),
            document.c.access_class.in_(scope.classes),
        )
    )
    return wanted <= {(row.id, row.live_version) for row in rows}


def _headed(row: Row[tuple[object, ...]]) -> Headed:
    return Headed(
        document_id=row.document_id,
        version=row.version,
        title=row.title,
        headings=tuple(row.inner_headings),
        start=row.start,
        end=row.end,
        text=row.text,
    )
