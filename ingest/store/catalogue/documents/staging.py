"""Staging: versions and chunks that are written and seen by nobody yet.

A version is *staged* (text and chunks written), then its chunks go to the indexes, then it is
*published* (see `publishing`). A process killed in between leaves a staged version, which
`removing.drop_staged` removes at the next start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from sqlalchemy import (
    Connection,
    func,
    insert,
    select,
)

from ingest.store.catalogue.database.counter import take
from ingest.store.catalogue.database.ids import new_id
from ingest.store.catalogue.database.schema import chunk, document, version
from ingest.store.catalogue.documents.changing import moment_of
from ingest.store.catalogue.documents.texts import pack_blocks
from ingest.store.catalogue.embeddings import hash_text
from ingest.store.catalogue.generations import live_id
from ingest.text.composed import embedded_text
from ingest.types import Chunk, DocumentState, ParsedDocument, SourceFile


@dataclass(frozen=True, slots=True)
class StagedChunk:
    """A chunk of a new version: its text in the document, and the hash of what is embedded.

    `terms` are what the lexical index takes up, where a worker has made them.
    """

    chunk: Chunk
    text: str
    text_hash: str
    terms: str | None = None


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A parsed file on its way into the catalogue. `document_id` None makes a new document."""

    document_id: str | None
    file: SourceFile
    access_class: int
    parsed: ParsedDocument
    chunks: tuple[StagedChunk, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Staged:
    """A version that is written but not live. `chunk_ids` are in the order of its chunks."""

    document_id: str
    version: int
    chunk_ids: tuple[int, ...]
    new: NewVersion


def stage_versions(tx: Connection, batch: Sequence[NewVersion]) -> list[Staged]:
    """Writes versions and chunks that nobody sees yet; the first half of replacing a document."""
    now = datetime.now(UTC)
    next_id = take(tx, "chunk", sum(len(new.chunks) for new in batch))
    generation = int(tx.scalar(select(live_id())) or 0)
    staged: list[Staged] = []
    made: list[dict[str, object]] = []
    versions: list[dict[str, object]] = []
    chunks: list[dict[str, object]] = []
    for new in batch:
        document_id = new.document_id or new_id("doc")
        number = 1 + (_newest_version(tx, document_id) if new.document_id else 0)
        if new.document_id is None:
            made.append(_document_row(document_id, new, now))
        ids = tuple(range(next_id, next_id + len(new.chunks)))
        next_id += len(new.chunks)
        versions.append(
            {
                "document_id": document_id,
                "version": number,
                "content_hash": new.file.content_hash,
                "title": new.parsed.title,
                "text": new.parsed.text,
                "blocks": pack_blocks(new.parsed.blocks),
                "created_at": now,
            }
        )
        chunks.extend(
            _chunk_row(chunk_id, document_id, number, generation, one)
            for chunk_id, one in zip(ids, new.chunks, strict=True)
        )
        staged.append(Staged(document_id, number, ids, new))
    if made:
        tx.execute(insert(document), made)
    if versions:
        tx.execute(insert(version), versions)
    if chunks:
        tx.execute(insert(chunk), chunks)
    return staged


def add_chunks(
    tx: Connection,
    generation: int,
    versions: Sequence[tuple[str, int, Sequence[StagedChunk]]],
) -> list[int]:
    """Writes chunks of versions (document id, number) for a generation; returns their ids."""
    first = take(tx, "chunk", sum(len(chunks) for _, _, chunks in versions))
    rows = [
        (document_id, number, one) for document_id, number, chunks in versions for one in chunks
    ]
    made = [
        _chunk_row(chunk_id, document_id, number, generation, one)
        for chunk_id, (document_id, number, one) in enumerate(rows, first)
    ]
    if made:
        tx.execute(insert(chunk), made)
    return list(range(first, first + len(made)))


def staged_chunks(
    parsed: ParsedDocument, chunks: Sequence[Chunk], terms: Sequence[str | None] | None = None
) -> tuple[StagedChunk, ...]:
    """Chunks of a document with their texts, and the hashes of what is embedded of them."""
    return tuple(
        StagedChunk(
            one, parsed.text[one.start : one.end], hash_text(embedded_text(parsed, one)), own
        )
        for one, own in zip(chunks, terms or [None] * len(chunks), strict=True)
    )


def _newest_version(tx: Connection, document_id: str) -> int:
    newest = select(func.max(version.c.version)).where(version.c.document_id == document_id)
    return int(tx.scalar(newest) or 0)


def _document_row(document_id: str, new: NewVersion, now: datetime) -> dict[str, object]:
    return {
        "id": document_id,
        "source": new.file.source,
        "path": new.file.path,
        "state": DocumentState.INDEXED.value,
        "access_class": new.access_class,
        "content_hash": new.file.content_hash,
        "size": new.file.size,
        "mtime_ns": new.file.mtime_ns,
        "title": new.parsed.title,
        "modified_at": moment_of(new.file.mtime_ns),
        "indexed_at": now,
    }


_CHUNK_FIELDS = tuple(field.name for field in fields(Chunk))


def _chunk_row(
    chunk_id: int, document_id: str, number: int, generation: int, one: StagedChunk
) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(one.chunk, name) for name in _CHUNK_FIELDS}
    row.update(
        id=chunk_id,
        document_id=document_id,
        version=number,
        generation=generation,
        headings=list(one.chunk.headings),
        inner_headings=list(one.chunk.inner_headings),
        text=one.text,
        text_hash=one.text_hash,
    )
    return row
