"""Chunks that a reader may see: live rows only, allowed rows only.

Every hit of an index passes through `live_chunks` before anything else sees it. The statements
are put together once: doing so for each question took longer than running them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, func, or_, select

from ingest.store.catalogue.database.schema import chunk, document, source, version
from ingest.store.catalogue.documents.live_rows import is_live
from ingest.types import LiveChunk, Scope

_Chunks = Select[*tuple[Any, ...]]
"""Live chunks: a column for each field of `LiveChunk`."""


def live_chunks(
    connection: Connection, chunk_ids: Sequence[int], scope: Scope
) -> dict[int, LiveChunk]:
    """Those of `chunk_ids` that are live and inside `scope`, by id; the others are not there."""
    if not chunk_ids or not scope.classes:
        return {}
    statement = _by_id(
        scope.sources is not None, scope.languages is not None, scope.modified_after is not None
    )
    rows = connection.execute(
        statement,
        {
            "ids": list(chunk_ids),
            "classes": list(scope.classes),
            "sources": list(scope.sources or ()),
            "languages": list(scope.languages or ()),
            "after": scope.modified_after,
        },
    )
    return {row.chunk_id: _live_chunk(row) for row in rows}


def neighbours(
    connection: Connection, chunks: Sequence[LiveChunk], reach: int, scope: Scope
) -> Mapping[tuple[str, int, int], LiveChunk]:
    """The chunks that stand up to `reach` before and behind others of their document's version.

    Those of documents that the asker may read, whatever filters the scope has besides, by
    document, version and ordinal; the chunks themselves are among them.
    """
    if not chunks or not scope.classes:
        return {}
    values: dict[str, Any] = {"classes": list(scope.classes)}
    for i, one in enumerate(chunks):
        values |= {f"document_{i}": one.document_id, f"version_{i}": one.version}
        values |= {f"first_{i}": one.ordinal - reach, f"last_{i}": one.ordinal + reach}
    found = map(_live_chunk, connection.execute(_by_place(len(chunks)), values))
    return {(one.document_id, one.version, one.ordinal): one for one in found}


def slice_text(
    connection: Connection, document_id: str, number: int, start: int, end: int, scope: Scope
) -> str:
    """`canonical_text[start:end]` of a version that the asker may read; "" if there is none."""
    values = {
        "document": document_id,
        "number": number,
        "start": start + 1,
        "length": end - start,
        "classes": list(scope.classes),
    }
    return connection.scalar(_slice(), values) or ""


def _column(name: str) -> ColumnElement[Any]:
    """The column behind a field of `LiveChunk`."""
    if name == "chunk_id":
        return chunk.c.id.label(name)
    table = next(one for one in (chunk, document, source) if name in one.c)
    return table.c[name]


_COLUMNS = tuple(_column(one.name) for one in fields(LiveChunk))
_LISTS = tuple(i for i, one in enumerate(fields(LiveChunk)) if one.type == "tuple[str, ...]")


def _live_chunk(row: Row[Any]) -> LiveChunk:
    values = list(row)
    for i in _LISTS:
        values[i] = tuple(values[i])
    return LiveChunk(*values)


def _readable() -> ColumnElement[bool]:
    return document.c.access_class.in_(bindparam("classes", expanding=True))


def _live() -> _Chunks:
    return (
        select(*_COLUMNS)
        .select_from(chunk)
        .join(document, is_live())
        .join(source, source.c.name == document.c.source)
        .where(_readable())
    )


@cache
def _by_id(sources: bool, languages: bool, after: bool) -> _Chunks:
    """Live chunks by `ids`, with those of the filters that a scope has."""
    statement = _live().where(chunk.c.id.in_(bindparam("ids", expanding=True)))
    if sources:
        statement = statement.where(document.c.source.in_(bindparam("sources", expanding=True)))
    if languages:
        statement = statement.where(chunk.c.language.in_(bindparam("languages", expanding=True)))
    if after:
        statement = statement.where(document.c.modified_at > bindparam("after"))
    return statement


@cache
def _by_place(places: int) -> _Chunks:
    """Live chunks of some stretches of documents; the index of chunks finds each."""
    stretches = (
        and_(
            chunk.c.document_id == bindparam(f"document_{i}"),
            chunk.c.version == bindparam(f"version_{i}"),
            chunk.c.ordinal.between(bindparam(f"first_{i}"), bindparam(f"last_{i}")),
        )
        for i in range(places)
    )
    return _live().where(or_(*stretches))


@cache
def _slice() -> Select[str]:
    return (
        select(func.substr(version.c.text, bindparam("start"), bindparam("length")))
        .join(document, document.c.id == version.c.document_id)
        .where(
            version.c.document_id == bindparam("document"),
            version.c.version == bindparam("number"),
            _readable(),
        )
    )
