"""One batch of parsed files: staged, embedded, indexed, published."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from ingest.parsers.sandbox.outcome import ParseOutcome
from ingest.store.catalogue import embeddings, sources
from ingest.store.catalogue.access import classes
from ingest.store.catalogue.database.batches import in_parts
from ingest.store.catalogue.documents.changing import moment_of
from ingest.store.catalogue.documents.known import ids_at
from ingest.store.catalogue.documents.publishing import publish_versions, record_unread
from ingest.store.catalogue.documents.staging import (
    NewVersion,
    Staged,
    StagedChunk,
    stage_versions,
    staged_chunks,
)
from ingest.store.catalogue.jobs import leases
from ingest.store.catalogue.jobs.progress import Progress
from ingest.sync.embedding import embed_staged
from ingest.sync.prepare import Prepared
from ingest.sync.tools import Tools
from ingest.text.composed import indexed_text
from ingest.types import (
    DocumentState,
    FoundFile,
    IndexRow,
    ParsedDocument,
    SourceFile,
)

BATCH_FILES = 64


@dataclass(frozen=True, slots=True)
class FileToIndex:
    """A file to be parsed, and the document it replaces if there is one."""

    found: FoundFile
    content_hash: str
    document_id: str | None


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A file, and what parsing it came to."""

    file: FileToIndex
    outcome: ParseOutcome[Prepared]


def index_parsed(
    tools: Tools,
    source: sources.Source,
    parsed: Sequence[tuple[str, ParsedDocument]],
    prepared: Callable[[ParsedDocument], Prepared],
) -> Progress:
    """Indexes documents that are already text, as new documents at the given paths."""
    progress = Progress(total=len(parsed))
    for part in in_parts(parsed, BATCH_FILES):
        batch = [
            ParsedFile(
                FileToIndex(
                    FoundFile(path, len(one.text), 0), embeddings.hash_text(one.text), None
                ),
                ParseOutcome(DocumentState.INDEXED, "", one, prepared(one)),
            )
            for path, one in part
        ]
        apply_batch(tools, source, batch, progress)
    return progress


def rules_now(tx: Connection, source: sources.Source) -> tuple[classes.AccessRule, ...]:
    """The source's access rules at this moment: they may have changed since the sync began."""
    return sources.get(tx, source.name).access


def apply_batch(
    tools: Tools,
    source: sources.Source,
    batch: Sequence[ParsedFile],
    progress: Progress,
) -> None:
    """One batch of parsed files: staged, indexed, published."""
    progress.stage = "indexing"
    tools.precedence.wait()
    began = time.perf_counter()
    with tools.catalogue.write() as tx:
        new = _new_versions(tx, source, batch, progress)
        staged = stage_versions(tx, new)
    progress.spent("write", began)
    vectors = embed_staged(tools, staged, progress)
    began = time.perf_counter()
    tools.precedence.wait()
    all_chunks = [
        (version, chunk_id, one)
        for version in staged
        for chunk_id, one in zip(version.chunk_ids, version.new.chunks, strict=True)
    ]
    if all_chunks:
        tools.index.add(
            [_index_row(*each) for each in all_chunks],
            np.stack([vectors[one.text_hash] for _, _, one in all_chunks]),
            [moment_of(version.new.file.mtime_ns) for version, _, _ in all_chunks],
        )
        tools.index.commit()
    with tools.catalogue.write() as tx:
        publish_versions(tx, staged, tools.kept_versions)
        leases.release(tx, source.name, [version.new.file.path for version in staged])
    for one in batch:
        if one.outcome.document is not None:
            progress.counts["changed" if one.file.document_id else "added"] += 1
    progress.chunks += len(all_chunks)
    progress.done += len(batch)
    progress.spent("write", began)


def _new_versions(
    tx: Connection, source: sources.Source, batch: Sequence[ParsedFile], progress: Progress
) -> list[NewVersion]:
    """What of a batch has text; what has none is recorded with its reason."""
    new: list[NewVersion] = []
    unread: list[str] = []
    rules = rules_now(tx, source)
    # As it is now and not as it was planned: somebody may have deleted a document meanwhile.
    there = ids_at(tx, source.name, [one.file.found.path for one in batch])
    for parsed_file in batch:
        one, outcome = parsed_file.file, parsed_file.outcome
        groups = classes.groups_for(one.found.path, rules)
        class_id = classes.class_of(tx, groups)
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
            record_unread(tx, file, class_id, outcome.state, outcome.reason, document_id)
            continue
        made = outcome.extra or Prepared()
        chunks = staged_chunks(parsed, made.chunks, made.terms)
        new.append(NewVersion(document_id, file, class_id, parsed, chunks, outcome.reason))
    leases.release(tx, source.name, unread)
    return new


def _index_row(one: Staged, chunk_id: int, staged: StagedChunk) -> IndexRow:
    chunk, new = staged.chunk, one.new
    return IndexRow(
        chunk_id=chunk_id,
        access_class=new.access_class,
        language=chunk.language,
        source=new.file.source,
        title=new.parsed.title,
        path=new.file.path,
        headings=chunk.headings,
        text=indexed_text(chunk.table_header, staged.text),
        terms=staged.terms,
    )
