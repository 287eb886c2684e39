"""Making the index true to a source: list, plan, apply.

Each batch of documents goes the same way: parsed in worker processes, staged in the catalogue,
written to both indexes, published in one transaction. Killed anywhere, every document is wholly
old or wholly new, and the next sync goes on where this one was.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from ingest.catalogue import access, claims, documents, embeddings, reading, sources
from ingest.catalogue.engine import Catalogue
from ingest.catalogue.jobs import COUNTS, Failure
from ingest.chunk import embedded_text
from ingest.compare import compare_all, hash_files
from ingest.connectors.folder import FolderConnector
from ingest.connectors.interface import Connector
from ingest.errors import SourceError, Stopped
from ingest.in_work import SET_ASIDE, InWork
from ingest.index.interface import Index
from ingest.plan import Plan, plan, to_hash
from ingest.prepare import Prepared, indexed_text
from ingest.sandbox import ParseOutcome, ParserPool
from ingest.sources import Walk, hash_file, mtime_of
from ingest.turns import Turns
from ingest.types import (
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
BATCH_SHARE_BESIDE_QUESTIONS = 0.1
"""How large batches are while somebody asks: each holds the catalogue's write lock for its time."""

CLAIMED_AT_ONCE = 128
EMBEDDED_AT_ONCE = 64

MASS_DELETE_SHARE = 0.2
"""A sync that would delete more of a source than this stops, unless it is told to go on."""

MASS_DELETE_FLOOR = 10
"""Fewer deletions than this are taken for an accident only if several go and nothing is left or
new: an unplugged disk's mount point is an empty folder."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """How a sync is to be done.

    `force` reads again what has not changed; `reconcile` looks at the content of every file, so
    that one which changed without its size or time is found; `paths` (of a folder) are the only
    files, and folders with what is below them, that are looked at.
    """

    dry_run: bool = False
    force: bool = False
    allow_mass_delete: bool = False
    reconcile: bool = False
    paths: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Options that come back from JSON have lists."""
        object.__setattr__(self, "paths", tuple(self.paths))


@dataclass(slots=True)
class Progress:
    """How far a sync has come; the same object is updated and shown again and again.

    `stage` is what is being done just now, for people. `seconds` is the time spent by stage
    (`plan`, `parse`, `embed`, `write`), for benchmarks.
    """

    stage: str = "planning"
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
    """What a sync works with.

    `connect` gives the way to a source's files; `worker` is the name that this process claims
    files under.
    """

    catalogue: Catalogue
    index: Index
    embedder: Embedder
    pool: ParserPool[Prepared]
    turns: Turns
    connect: Callable[[sources.Source], Connector]
    worker: str
    kept_versions: int = documents.KEPT_VERSIONS


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A file to be parsed, and the document it replaces if there is one."""

    found: FoundFile
    content_hash: str
    document_id: str | None


_Done = tuple[_Wanted, ParseOutcome[Prepared]]


def sync(
    parts: Parts,
    source: sources.Source,
    options: SyncOptions,
    on_progress: Callable[[Progress], None],
    stop: threading.Event,
    compared: set[FoundFile] | None = None,
) -> Progress:
    """Brings the index up to the source's present state; with `dry_run` only plans.

    `on_progress` is called after every batch; when `stop` is set the sync ends after the batch
    under way, and what is published stays. `compared` is what a reconcile keeps between its runs
    if it is interrupted (see `compare_all`).

    Raises:
        SourceError: the place is not there or not readable, or too much would be deleted; nothing
            was changed then.
    """
    progress = Progress(stage="comparing" if options.reconcile else "planning")
    on_progress(progress)
    began = time.perf_counter()
    connector = parts.connect(source)
    try:
        made, hashes = _plan(
            parts, connector, source, options, stop, set() if compared is None else compared
        )
    except Stopped:
        progress.total = 1  # the listing itself, which is still to be done
        return progress
    progress.plan = made
    progress.spent("plan", began)
    progress.counts["unchanged"] = made.unchanged + len(made.touched)
    progress.total = len(made.added) + len(made.changed) + len(made.moved) + len(made.deleted)
    if options.dry_run:
        return progress
    _guard(parts.catalogue, made, source, options)
    progress.stage = "moving"
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
    held = _held(parts, source, wanted)
    try:
        _set_aside(parts, source, wanted, held, progress)
        with closing(
            _parsed(parts.pool, connector, wanted, held, progress, parts.turns)
        ) as batches:
            for batch in batches:
                _apply_batch(parts, source, batch, progress)
                on_progress(progress)
                if stop.is_set():
                    break
            else:
                held.forget()
    finally:
        held.let_go()
    progress.stage = "purging"
    purge(parts.catalogue, parts.index)
    return progress


def sync_file(parts: Parts, source: sources.Source, path: str) -> Progress:
    """Indexes one file of a folder if it is new or changed, without a look at the others.

    Raises:
        SourceError: the file cannot be read.
    """
    progress = Progress(total=1)
    place = Path(source.path) / path
    content_hash = hash_file(place)
    seen = place.stat()
    found = FoundFile(path, seen.st_size, mtime_of(seen))
    with parts.catalogue.read() as connection:
        known = documents.known_files(connection, source.name, path)
    made = plan(Walk((found,)), known, {path: content_hash}, {}, force=False)
    _apply_moves(parts, source, made, progress)
    if made.added or made.changed:
        wanted = [_Wanted(found, content_hash, None)]
        held = _held(parts, source, wanted)
        try:
            held.claim([path])
            _apply_batch(parts, source, [(wanted[0], parts.pool.parse(place, path))], progress)
        finally:
            held.let_go()
        purge(parts.catalogue, parts.index)
    return progress


def index_parsed(
    parts: Parts,
    source: sources.Source,
    parsed: Sequence[tuple[str, ParsedDocument]],
    prepared: Callable[[ParsedDocument], Prepared],
) -> Progress:
    """Indexes documents that are already text, as new documents at the given paths."""
    progress = Progress(total=len(parsed))
    for part in _batches(parsed, BATCH_FILES):
        batch = [
            (
                _Wanted(FoundFile(path, len(one.text), 0), embeddings.hash_text(one.text), None),
                ParseOutcome(DocumentState.INDEXED, "", one, prepared(one)),
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
    parts: Parts,
    connector: Connector,
    source: sources.Source,
    options: SyncOptions,
    stop: threading.Event,
    compared: set[FoundFile],
) -> tuple[Plan, Mapping[str, str]]:
    only = options.paths if isinstance(connector, FolderConnector) else ()
    if only and isinstance(connector, FolderConnector):
        found = connector.list_some(only)
    else:
        found = connector.list_files(stop)
    with parts.catalogue.read() as connection:
        if only:
            known = documents.known_below(connection, source.name, only)
        else:
            known = documents.known_files(connection, source.name)
    if options.reconcile and not options.force:
        hashes = compare_all(connector, found, known, parts.turns, stop, compared)
    else:
        wanted = to_hash(found, known, force=options.force)
        hashes = hash_files(connector, found, wanted)
    return plan(found, known, hashes.of, hashes.unreadable, force=options.force), hashes.of


def _guard(catalogue: Catalogue, made: Plan, source: sources.Source, options: SyncOptions) -> None:
    going = len(made.deleted)
    if options.allow_mass_delete or not going:
        return
    with catalogue.read() as connection:
        before = documents.count_of(connection, source.name)
    emptied = going == before > 1 and not made.added
    if (emptied or going >= MASS_DELETE_FLOOR) and going > MASS_DELETE_SHARE * before:
        raise SourceError(
            f"{going} of {before} documents of {source.name!r} are no longer in {source.path}; "
            "if that is meant, sync again with --allow-mass-delete; nothing was changed"
        )


def _apply_moves(parts: Parts, source: sources.Source, made: Plan, progress: Progress) -> None:
    """Moved and touched files: metadata and access class only."""
    if not made.moved and not made.touched:
        return
    with parts.catalogue.settling:
        with parts.catalogue.write() as tx:
            rules = _rules(tx, source)
            for before, after in made.moved:
                class_id = access.class_of(tx, access.groups_for(after.path, rules))
                documents.move(tx, before.document_id, after.path, after.mtime_ns, class_id)
            for before, after in made.touched:
                documents.touch(tx, before.document_id, after.size, after.mtime_ns)
        changed = [before.document_id for before, _ in (*made.moved, *made.touched)]
        relabel(parts.catalogue, parts.index, changed)
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


def _held(parts: Parts, source: sources.Source, wanted: Sequence[_Wanted]) -> InWork:
    hashes = {one.found.path: one.content_hash for one in wanted}
    return InWork.of(parts.catalogue, source.name, parts.worker, hashes)


def _set_aside(
    parts: Parts,
    source: sources.Source,
    wanted: Sequence[_Wanted],
    held: InWork,
    progress: Progress,
) -> None:
    """Files that ended the process again and again are recorded as failed, and not begun."""
    aside = set(held.set_aside())
    batch: list[_Done] = [
        (one, ParseOutcome(DocumentState.FAILED, SET_ASIDE))
        for one in wanted
        if one.found.path in aside
    ]
    if batch:
        _apply_batch(parts, source, batch, progress)


def _parsed(
    pool: ParserPool[Prepared],
    connector: Connector,
    wanted: Sequence[_Wanted],
    held: InWork,
    progress: Progress,
    turns: Turns,
) -> Generator[list[_Done], None, None]:
    """Parsed files in batches that are worth a transaction; parsing goes on meanwhile.

    Each is claimed before. Files that were in work when a process died come last, one by one.
    """
    batch: list[_Done] = []
    chunks = 0
    ordinary = [one for one in wanted if one.found.path not in held.tries]
    progress.stage = "parsing"
    began = time.perf_counter()
    with closing(pool.parse_many(_claimed(held, connector, ordinary))) as outcomes:
        for one, outcome in zip(ordinary, outcomes, strict=True):
            batch.append((one, outcome))
            chunks += len(outcome.extra.chunks) if outcome.extra else 0
            share = BATCH_SHARE_BESIDE_QUESTIONS if turns.recent else 1.0
            if len(batch) >= share * BATCH_FILES or chunks >= share * BATCH_CHUNKS:
                progress.spent("parse", began)
                yield batch
                batch, chunks = [], 0
                progress.stage = "parsing"
                began = time.perf_counter()
    progress.spent("parse", began)
    if batch:
        yield batch
    by_path = {one.found.path: one for one in wanted}
    for path in held.suspects():
        held.claim([path])
        progress.stage = "parsing"
        yield [(by_path[path], pool.parse(connector.read(path), path))]


def _claimed(
    held: InWork, connector: Connector, wanted: Sequence[_Wanted]
) -> Iterator[tuple[Path, str]]:
    """Files with their names, claimed some at a time just before they are drawn for parsing."""
    for some in _batches(wanted, CLAIMED_AT_ONCE):
        held.claim([one.found.path for one in some])
        for one in some:
            yield connector.read(one.found.path), one.found.path


def _apply_batch(
    parts: Parts,
    source: sources.Source,
    batch: Sequence[_Done],
    progress: Progress,
) -> None:
    """One batch of parsed files: staged, indexed, published."""
    progress.stage = "indexing"
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
        documents.publish(tx, staged, parts.kept_versions)
        claims.release(tx, source.name, [version.new.file.path for version in staged])
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
    unread: list[str] = []
    rules = _rules(tx, source)
    # As it is now and not as it was planned: somebody may have deleted a document meanwhile.
    there = documents.ids_at(tx, source.name, [one.found.path for one, _ in batch])
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
        document_id = there.get(one.found.path)
        if parsed is None:
            unread.append(one.found.path)
            progress.fail(one.found.path, outcome.state, outcome.reason)
            documents.record_unread(tx, file, class_id, outcome.state, outcome.reason, document_id)
            continue
        made = outcome.extra or Prepared()
        chunks = documents.staged_chunks(parsed, made.chunks, made.terms)
        new.append(
            documents.NewVersion(document_id, file, class_id, parsed, chunks, outcome.reason)
        )
    claims.release(tx, source.name, unread)
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
    return IndexRow(
        chunk_id=chunk_id,
        access_class=new.access_class,
        language=chunk.language,
        source=new.file.source,
        title=new.parsed.title,
        path=new.file.path,
        headings=chunk.headings,
        text=indexed_text(chunk, staged.text),
        terms=staged.terms,
    )


def _batches(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
