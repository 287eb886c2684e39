"""Documents, versions and chunks: staging a new version, publishing it, moving, deleting.

A version is *staged* (text and chunks written, seen by nobody), then its chunks go to the
indexes, then it is *published*: one transaction moves `live_version`, drops the old version's
chunks and notes them for purging. A process killed in between leaves a staged version, which
`drop_staged` removes at the next start.
"""

from __future__ import annotations

import json
import secrets
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    delete,
    func,
    insert,
    select,
    true,
    update,
)

from ingest.catalogue.counter import take
from ingest.catalogue.embeddings import hash_text
from ingest.catalogue.generations import live_id
from ingest.catalogue.schema import chunk, document, purge, version
from ingest.catalogue.upsert import insert_missing
from ingest.chunk import embedded_text
from ingest.types import Block, BlockKind, Chunk, DocumentState, ParsedDocument, SourceFile

_T = TypeVar("_T")

KEPT_VERSIONS = 3
"""Versions of a document whose text stays, so that an old footnote still opens what was cited."""


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


def new_id(prefix: str) -> str:
    """A fresh opaque id such as `doc_k3…`: 96 random bits, nothing of the content in it."""
    return f"{prefix}_{secrets.token_hex(12)}"


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


def count_of(connection: Connection, source: str) -> int:
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
    for part in _parts(paths):
        rows = connection.execute(
            select(document.c.path, document.c.id).where(
                document.c.source == source, document.c.path.in_(part)
            )
        )
        found.update((row.path, row.id) for row in rows)
    return found


def stage(tx: Connection, batch: Sequence[NewVersion]) -> list[Staged]:
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


def publish(tx: Connection, staged: Sequence[Staged], kept_versions: int = KEPT_VERSIONS) -> None:
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
                "modified_at": moment(file.mtime_ns),
                "indexed_at": now,
            }
        )
    columns: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "document_id"}
    tx.execute(
        update(document).where(document.c.id == bindparam("document_id")).values(columns), rows
    )
    for one in staged:
        if one.version > 1:
            _retire(tx, [one.document_id], keep_version=one.version)
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
            modified_at=moment(file.mtime_ns),
            **values,
        )
    )
    return made


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


def parsed_versions(
    connection: Connection, versions: Sequence[tuple[str, int]]
) -> dict[str, ParsedDocument]:
    """The canonical text of versions (document id, number) as it was parsed, by document id."""
    wanted = dict(versions)
    rows = connection.execute(
        select(version, document.c.language, document.c.pages, document.c.details)
        .join(document, document.c.id == version.c.document_id)
        .where(version.c.document_id.in_(list(wanted)))
    )
    return {
        row.document_id: ParsedDocument(
            row.title,
            row.language,
            row.text,
            unpack_blocks(row.blocks),
            dict(row.details),
            row.pages,
        )
        for row in rows
        if row.version == wanted[row.document_id]
    }


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


def touch(tx: Connection, document_id: str, size: int, mtime_ns: int) -> None:
    """The file's times changed, its content did not."""
    tx.execute(
        update(document)
        .where(document.c.id == document_id)
        .values(size=size, mtime_ns=mtime_ns, modified_at=moment(mtime_ns))
    )


def move(tx: Connection, document_id: str, path: str, mtime_ns: int, access_class: int) -> None:
    """The same content under another path: metadata and access class change, nothing else."""
    tx.execute(
        update(document)
        .where(document.c.id == document_id)
        .values(
            path=path,
            mtime_ns=mtime_ns,
            modified_at=moment(mtime_ns),
            access_class=access_class,
        )
    )


def set_access_classes(tx: Connection, classes: Mapping[str, int]) -> None:
    """Gives documents (by id) new access classes."""
    for document_id, class_id in classes.items():
        tx.execute(
            update(document).where(document.c.id == document_id).values(access_class=class_id)
        )


def remove(tx: Connection, document_ids: Sequence[str]) -> None:
    """Deletes documents with all their versions; gone for every reader when `tx` commits."""
    for part in _parts(document_ids):
        _retire(tx, part, keep_version=None)
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


def purged(tx: Connection, chunk_ids: Sequence[int]) -> None:
    """Notes that these ids are gone from the indexes too."""
    for part in _parts(chunk_ids):
        tx.execute(delete(purge).where(purge.c.chunk_id.in_(part)))


_BLOCK_FIELDS = tuple(field.name for field in fields(Block))


def pack_blocks(blocks: Iterable[Block]) -> bytes:
    """Blocks as compressed JSON: the fields' names, then each block's values in their order."""
    rows = [[getattr(block, name) for name in _BLOCK_FIELDS] for block in blocks]
    return zlib.compress(json.dumps([_BLOCK_FIELDS, *rows]).encode(), 1)


def unpack_blocks(packed: bytes) -> tuple[Block, ...]:
    """The inverse of `pack_blocks`."""
    names, *rows = json.loads(zlib.decompress(packed))
    return tuple(
        Block(
            **{
                **dict(zip(names, row, strict=True)),
                "kind": BlockKind(row[names.index("kind")]),
                "headings": tuple(row[names.index("headings")]),
            }
        )
        for row in rows
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
        "modified_at": moment(new.file.mtime_ns),
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


def _bury(tx: Connection, staged: Sequence[Staged]) -> None:
    """Notes for purging what was indexed of documents that somebody has deleted meanwhile."""
    ids = [one.document_id for one in staged]
    there = set(tx.scalars(select(document.c.id).where(document.c.id.in_(ids))))
    dead = [
        chunk_id for one in staged if one.document_id not in there for chunk_id in one.chunk_ids
    ]
    insert_missing(tx, purge, [{"chunk_id": chunk_id} for chunk_id in dead])


def _retire(tx: Connection, document_ids: Sequence[str], keep_version: int | None) -> None:
    mine: ColumnElement[bool] = chunk.c.document_id.in_(document_ids)
    if keep_version is not None:
        mine &= chunk.c.version != keep_version
    ids = list(tx.scalars(select(chunk.c.id).where(mine)))
    if ids:
        insert_missing(tx, purge, [{"chunk_id": chunk_id} for chunk_id in ids])
        tx.execute(delete(chunk).where(mine))


def moment(mtime_ns: int) -> datetime:
    """A file's time as a datetime; one outside what a datetime can hold becomes 1970."""
    try:
        return datetime.fromtimestamp(mtime_ns / 1e9, UTC)
    except (OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(0, UTC)


def _parts(items: Sequence[_T], size: int = 5000) -> Iterable[Sequence[_T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
