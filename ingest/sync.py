"""Making the index true to a source: list, plan, apply.

Each batch of documents goes the same way: parsed in worker processes, staged in the catalogue,
written to both indexes, published in one transaction. Killed anywhere, every document is wholly
old or wholly new, and the next sync goes on where this one was.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from ingest.catalogue import access, documents, embeddings, reading, sources
from ingest.catalogue.engine import Catalogue
from ingest.catalogue.jobs import COUNTS, Failure
from ingest.chunk import embedded_text
from ingest.connectors.interface import Connector
from ingest.errors import SourceError, Stopped
from ingest.index.interface import Index
from ingest.plan import Plan, plan, to_hash
from ingest.sandbox import ParseOutcome, ParserPool
from ingest.sources import hash_file
from ingest.turns import Turns
from ingest.types import (
    Chunk,
    DocumentState,
    Embedder,
    FoundFile,
    IndexRow,
    ParsedDocument,
    SourceFile,
    Vectors,
)

BATCH_FILES = 64
BATCH_CHUNKS = 2000
EMBEDDED_AT_ONCE = 256

MASS_DELETE_SHARE = 0.2
"""A sync that would delete more of a source than this stops, unless it is told to go on."""

MASS_DELETE_FLOOR = 10
"""Fewer deletions than this are never taken for an accident."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """How a sync is to be done."""

    dry_run: bool = False
    force: bool = False
    allow_mass_delete: bool = False


@dataclass(slots=True)
class Progress:
    """How far a sync has come; the same object is updated and shown again and again.

    `seconds` is the time spent by stage (`plan`, `parse`, `embed`, `write`), for benchmarks.
    """

    total: int = 0
    done: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    failures: list[Failure] = field(default_factory=list)
    plan: Plan | None = None
    chunks: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    def fail(self, path: str, state: DocumentState, reason: str) -> None:
        """A file gave no text."""
        self.counts["failed"] += 1
        self.failures.append(Failure(path, state.value, reason))

    def spent(self, stage: str, since: float) -> None:
        """Adds the time since `since` (a `perf_counter` reading) to a stage."""
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - since


@dataclass(frozen=True, slots=True)
class Parts:
    """What a sync works with; `connect` gives the way to a source's files."""

    catalogue: Catalogue
    index: Index
    embedder: Embedder
    pool: ParserPool[tuple[Chunk, ...]]
    turns: Turns
    connect: Callable[[sources.Source], Connector]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A file to be parsed, and the document it replaces if there is one."""

    found: FoundFile
    content_hash: str
    document_id: str | None


_Done = tuple[_Wanted, ParseOutcome[tuple[Chunk, ...]]]


def sync(
    parts: Parts,
    source: sources.Source,
    options: SyncOptions,
    on_progress: Callable[[Progress], None],
    stop: threading.Event,
) -> Progress:
    """Brings the index up to the source's present state; with `dry_run` only plans.

    `on_progress` is called after every batch; when `stop` is set the sync ends after the batch
    under way, and what is published stays.

    Raises:
        SourceError: the place is not there or not readable, or too much would be deleted; nothing
            was changed then.
    """
    progress = Progress()
    began = time.perf_counter()
    connector = parts.connect(source)
    try:
        made, hashes = _plan(parts.catalogue, connector, source, options, stop)
    except Stopped:
        progress.total = 1  # the listing itself, which is still to be done
        return progress
    progress.plan = made
    progress.spent("plan", began)
    progress.counts["unchanged"] = made.unchanged + len(made.touched)
    progress.total = len(made.added) + len(made.changed) + len(made.moved) + len(made.deleted)
    if options.dry_run:
        return progress
    _guard(made, source, options)
    on_progress(progress)
    _apply_moves(parts, source, made, progress)
    _apply_deletions(parts, made, progress)
    for path, reason in made.unreadable.items():
        progress.fail(path, DocumentState.FAILED, reason)
    on_progress(progress)
    wanted = [
        *(_Wanted(one, hashes[one.path], None) for one in made.added),
        *(_Wanted(after, hashes[after.path], before.document_id) for before, after in made.changed),
    ]
    for batch in _parsed(parts.pool, connector, wanted, progress):
        _apply_batch(parts, source, batch, progress)
        on_progress(progress)
        if stop.is_set():
            break
    purge(parts.catalogue, parts.index)
    return progress


def index_parsed(
    parts: Parts,
    source: sources.Source,
    parsed: Sequence[tuple[str, ParsedDocument]],
    chunk: Callable[[ParsedDocument], tuple[Chunk, ...]],
) -> Progress:
    """Indexes documents that are already text, as new documents at the given paths."""
    progress = Progress(total=len(parsed))
    for part in _batches(parsed, BATCH_FILES):
        batch = [
            (
                _Wanted(FoundFile(path, len(one.text), 0), embeddings.hash_text(one.text), None),
                ParseOutcome(DocumentState.INDEXED, "", one, chunk(one)),
            )
            for path, one in part
        ]
        _apply_batch(parts, source, batch, progress)
    return progress


def purge(catalogue: Catalogue, index: Index, batch: int = 5000) -> None:
    """Takes what is dead in the catalogue out of the indexes too."""
    while True:
        with catalogue.read() as connection:
            dead = documents.to_purge(connection, batch)
        if not dead:
            return
        index.remove(dead)
        index.commit()
        with catalogue.write() as tx:
            documents.purged(tx, dead)


def relabel(catalogue: Catalogue, index: Index, document_ids: Sequence[str]) -> None:
    """Brings the indexes' labels of documents up to the catalogue's; nothing is embedded."""
    for part in _batches(document_ids, 200):
        with catalogue.read() as connection:
            ids = reading.chunk_ids_of(connection, part)
            rows = reading.index_rows(connection, ids)
        index.relabel([row for row, _ in rows], [modified for _, modified in rows])
    index.commit()


def _plan(
    catalogue: Catalogue,
    connector: Connector,
    source: sources.Source,
    options: SyncOptions,
    stop: threading.Event,
) -> tuple[Plan, Mapping[str, str]]:
    found = connector.list_files(stop)
    with catalogue.read() as connection:
        known = documents.known_files(connection, source.name)
    hashes: dict[str, str] = {}
    unreadable: dict[str, str] = dict.fromkeys(
        found.unnameable, "the file's name is not valid UTF-8; rename the file"
    )
    unreadable.update(found.failed)
    for one in to_hash(found, known, force=options.force):
        if one.path in found.failed:
            continue
        try:
            hashes[one.path] = hash_file(connector.read(one.path))
        except SourceError as exc:
            unreadable[one.path] = str(exc)
    return plan(found, known, hashes, unreadable, force=options.force), hashes


def _guard(made: Plan, source: sources.Source, options: SyncOptions) -> None:
    going = len(made.deleted)
    before = going + made.unchanged + len(made.touched) + len(made.changed) + len(made.moved)
    if options.allow_mass_delete or going < MASS_DELETE_FLOOR:
        return
    if going > MASS_DELETE_SHARE * before:
        raise SourceError(
            f"{going} of {before} documents of {source.name!r} are no longer in {source.path}; "
            "if that is meant, sync again with --allow-mass-delete; nothing was changed"
        )


def _apply_moves(parts: Parts, source: sources.Source, made: Plan, progress: Progress) -> None:
    """Moved and touched files: metadata and access class only."""
    if not made.moved and not made.touched:
        return
    with parts.catalogue.write() as tx:
        rules = _rules(tx, source)
        for before, after in made.moved:
            class_id = access.class_of(tx, access.groups_for(after.path, rules))
            documents.move(tx, before.document_id, after.path, after.mtime_ns, class_id)
        for before, after in made.touched:
            documents.touch(tx, before.document_id, after.size, after.mtime_ns)
    relabel(
        parts.catalogue,
        parts.index,
        [before.document_id for before, _ in (*made.moved, *made.touched)],
    )
    progress.counts["moved"] += len(made.moved)
    progress.done += len(made.moved)


def _rules(tx: Connection, source: sources.Source) -> tuple[access.AccessRule, ...]:
    """The source's access rules at this moment: they may have changed since the sync began."""
    return sources.get(tx, source.name).access


def _apply_deletions(parts: Parts, made: Plan, progress: Progress) -> None:
    if not made.deleted:
        return
    with parts.catalogue.write() as tx:
        documents.remove(tx, [one.document_id for one in made.deleted])
    progress.counts["deleted"] += len(made.deleted)
    progress.done += len(made.deleted)


def _parsed(
    pool: ParserPool[tuple[Chunk, ...]],
    connector: Connector,
    wanted: Sequence[_Wanted],
    progress: Progress,
) -> Iterator[list[_Done]]:
    """Parsed files in batches that are worth a transaction; parsing goes on meanwhile."""
    batch: list[_Done] = []
    chunks = 0
    outcomes = pool.parse_many((connector.read(one.found.path), one.found.path) for one in wanted)
    began = time.perf_counter()
    for one, outcome in zip(wanted, outcomes, strict=True):
        batch.append((one, outcome))
        chunks += len(outcome.extra or ())
        if len(batch) >= BATCH_FILES or chunks >= BATCH_CHUNKS:
            progress.spent("parse", began)
            yield batch
            batch, chunks = [], 0
            began = time.perf_counter()
    progress.spent("parse", began)
    if batch:
        yield batch


def _apply_batch(
    parts: Parts,
    source: sources.Source,
    batch: Sequence[_Done],
    progress: Progress,
) -> None:
    """One batch of parsed files: staged, indexed, published."""
    parts.turns.wait()
    began = time.perf_counter()
    with parts.catalogue.write() as tx:
        new = _new_versions(tx, source, batch, progress)
        staged = documents.stage(tx, new)
    progress.spent("write", began)
    vectors = _embed(parts, staged, progress)
    began = time.perf_counter()
    parts.turns.wait()
    all_chunks = [
        (version, chunk_id, one)
        for version in staged
        for chunk_id, one in zip(version.chunk_ids, version.new.chunks, strict=True)
    ]
    if all_chunks:
        parts.index.add(
            [_index_row(*each) for each in all_chunks],
            np.stack([vectors[one.text_hash] for _, _, one in all_chunks]),
            [documents.moment(version.new.file.mtime_ns) for version, _, _ in all_chunks],
        )
        parts.index.commit()
    with parts.catalogue.write() as tx:
        documents.publish(tx, staged)
    for one, outcome in batch:
        if outcome.document is not None:
            progress.counts["changed" if one.document_id else "added"] += 1
    progress.chunks += len(all_chunks)
    progress.done += len(batch)
    progress.spent("write", began)


def _new_versions(
    tx: Connection, source: sources.Source, batch: Sequence[_Done], progress: Progress
) -> list[documents.NewVersion]:
    """What of a batch has text; what has none is recorded with its reason."""
    new: list[documents.NewVersion] = []
    rules = _rules(tx, source)
    for one, outcome in batch:
        groups = access.groups_for(one.found.path, rules)
        class_id = access.class_of(tx, groups)
        file = SourceFile(
            source.name,
            one.found.path,
            one.found.size,
            one.found.mtime_ns,
            one.content_hash,
            groups,
        )
        parsed = outcome.document
        if parsed is None:
            progress.fail(one.found.path, outcome.state, outcome.reason)
            documents.record_unread(
                tx, file, class_id, outcome.state, outcome.reason, one.document_id
            )
            continue
        chunks = tuple(
            documents.StagedChunk(
                chunk,
                parsed.text[chunk.start : chunk.end],
                embeddings.hash_text(embedded_text(parsed, chunk)),
            )
            for chunk in outcome.extra or ()
        )
        new.append(
            documents.NewVersion(one.document_id, file, class_id, parsed, chunks, outcome.reason)
        )
    return new


def _embed(
    parts: Parts, staged: Sequence[documents.Staged], progress: Progress
) -> dict[str, NDArray[np.float32]]:
    """The vector of every staged chunk by text hash; only texts never seen before are embedded."""
    began = time.perf_counter()
    texts = {
        one.text_hash: embedded_text(version.new.parsed, one.chunk)
        for version in staged
        for one in version.new.chunks
    }
    model = parts.embedder.name
    with parts.catalogue.read() as connection:
        vectors = embeddings.kept(connection, model, list(texts))
    missing = [text_hash for text_hash in texts if text_hash not in vectors]
    if missing:
        made = _embed_in_turns(parts, [texts[text_hash] for text_hash in missing])
        # As they will be read back: a rebuilt index gives the same answers as the first one.
        rounded = made.astype(np.float16).astype(np.float32)
        fresh = dict(zip(missing, rounded, strict=True))
        with parts.catalogue.write() as tx:
            embeddings.keep(tx, model, fresh)
        vectors.update(fresh)
        progress.counts["embedded_chunks"] += len(missing)
    progress.spent("embed", began)
    return vectors


def _embed_in_turns(parts: Parts, texts: Sequence[str]) -> Vectors:
    """The texts' vectors; somebody who asks meanwhile waits for one slice at most."""
    made = []
    for some in _batches(texts, EMBEDDED_AT_ONCE):
        parts.turns.wait()
        made.append(parts.embedder.embed(some))
    return np.concatenate(made)


def _index_row(one: documents.Staged, chunk_id: int, staged: documents.StagedChunk) -> IndexRow:
    chunk, new = staged.chunk, one.new
    header = f"{chunk.table_header}\n" if chunk.table_header else ""
    return IndexRow(
        chunk_id=chunk_id,
        access_class=new.access_class,
        language=chunk.language,
        source=new.file.source,
        title=new.parsed.title,
        path=new.file.path,
        headings=chunk.headings,
        text=header + staged.text,
    )


def _batches(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
