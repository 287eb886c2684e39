"""Making the index true to a source: list, plan, apply.

Each batch of documents goes the same way: parsed in worker processes, staged in the catalogue,
written to both indexes, published in one transaction. Killed anywhere, every document is wholly
old or wholly new, and the next sync goes on where this one was.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from ingest.errors import SourceError, Stopped
from ingest.parsers.sandbox.outcome import ParseOutcome
from ingest.sources.folder import FolderConnector
from ingest.sources.interface import Connector
from ingest.sources.walk import Walk, hash_file, mtime_of
from ingest.store.catalogue import sources
from ingest.store.catalogue.access import classes
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.documents.changing import move_document, touch_document
from ingest.store.catalogue.documents.known import count_documents, known_below, known_files
from ingest.store.catalogue.documents.removing import remove_documents
from ingest.store.catalogue.jobs.progress import Progress
from ingest.store.follow import purge, relabel
from ingest.sync.batch import FileToIndex, ParsedFile, apply_batch, rules_now
from ingest.sync.claims import SET_ASIDE, ClaimedFiles
from ingest.sync.content_hashes import compare_all, hash_files
from ingest.sync.options import SyncOptions
from ingest.sync.parsing import parsed_batches
from ingest.sync.plan import Plan, plan, to_hash
from ingest.sync.tools import Tools
from ingest.types import DocumentState, FoundFile

MASS_DELETE_SHARE = 0.2
"""A sync that would delete more of a source than this stops, unless it is told to go on."""

MASS_DELETE_FLOOR = 10
"""Fewer deletions than this are taken for an accident only if several go and nothing is left or
new: an unplugged disk's mount point is an empty folder."""


def sync(
    tools: Tools,
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
    connector = tools.connect(source)
    try:
        made, hashes = _plan(
            tools, connector, source, options, stop, set() if compared is None else compared
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
    _guard(tools.catalogue, made, source, options)
    progress.stage = "moving"
    on_progress(progress)
    _apply_moves(tools, source, made, progress)
    _apply_deletions(tools, made, progress)
    for path, reason in made.unreadable.items():
        progress.fail(path, DocumentState.FAILED, reason)
    on_progress(progress)
    wanted = [
        *(FileToIndex(one, hashes[one.path], None) for one in made.added),
        *(
            FileToIndex(after, hashes[after.path], before.document_id)
            for before, after in made.changed
        ),
    ]
    claimed = _claims(tools, source, wanted)
    try:
        _set_aside(tools, source, wanted, claimed, progress)
        with closing(
            parsed_batches(tools.pool, connector, wanted, claimed, progress, tools.precedence)
        ) as batches:
            for batch in batches:
                apply_batch(tools, source, batch, progress)
                on_progress(progress)
                if stop.is_set():
                    break
            else:
                claimed.forget()
    finally:
        claimed.let_go()
    progress.stage = "purging"
    purge(tools.catalogue, tools.index)
    return progress


def sync_by_name(
    tools: Tools,
    name: str,
    options: SyncOptions,
    on_progress: Callable[[Progress], None],
    stop: threading.Event,
    compared: set[FoundFile] | None = None,
) -> Progress:
    """As `sync` of the source that the catalogue has by this name, which learns that it was done.

    Raises:
        NotFound: there is no such source.
        SourceError: see `sync`.
    """
    with tools.catalogue.read() as connection:
        source = sources.get(connection, name)
    progress = sync(tools, source, options, on_progress, stop, compared)
    if not (options.dry_run or options.paths) and progress.done >= progress.total:
        with tools.catalogue.write() as tx:
            sources.synced(tx, name, reconciled=options.reconcile)
    return progress


def sync_file(tools: Tools, source: sources.Source, path: str) -> Progress:
    """Indexes one file of a folder if it is new or changed, without a look at the others.

    Raises:
        SourceError: the file cannot be read.
    """
    progress = Progress(total=1)
    place = Path(source.path) / path
    content_hash = hash_file(place)
    seen = place.stat()
    found = FoundFile(path, seen.st_size, mtime_of(seen))
    with tools.catalogue.read() as connection:
        known = known_files(connection, source.name, path)
    made = plan(Walk((found,)), known, {path: content_hash}, {}, force=False)
    _apply_moves(tools, source, made, progress)
    if made.added or made.changed:
        wanted = [FileToIndex(found, content_hash, None)]
        claimed = _claims(tools, source, wanted)
        try:
            claimed.claim([path])
            parsed = ParsedFile(wanted[0], tools.pool.parse(place, path))
            apply_batch(tools, source, [parsed], progress)
        finally:
            claimed.let_go()
        purge(tools.catalogue, tools.index)
    return progress


def _plan(
    tools: Tools,
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
    with tools.catalogue.read() as connection:
        if only:
            known = known_below(connection, source.name, only)
        else:
            known = known_files(connection, source.name)
    if options.reconcile and not options.force:
        hashes = compare_all(connector, found, known, tools.precedence, stop, compared)
    else:
        wanted = to_hash(found, known, force=options.force)
        hashes = hash_files(connector, found, wanted)
    return plan(found, known, hashes.of, hashes.unreadable, force=options.force), hashes.of


def _guard(catalogue: Catalogue, made: Plan, source: sources.Source, options: SyncOptions) -> None:
    going = len(made.deleted)
    if options.allow_mass_delete or not going:
        return
    with catalogue.read() as connection:
        before = count_documents(connection, source.name)
    emptied = going == before > 1 and not made.added
    if (emptied or going >= MASS_DELETE_FLOOR) and going > MASS_DELETE_SHARE * before:
        raise SourceError(
            f"{going} of {before} documents of {source.name!r} are no longer in {source.path}; "
            "if that is meant, sync again with --allow-mass-delete; nothing was changed"
        )


def _apply_moves(tools: Tools, source: sources.Source, made: Plan, progress: Progress) -> None:
    """Moved and touched files: metadata and access class only."""
    if not made.moved and not made.touched:
        return
    with tools.catalogue.settling:
        with tools.catalogue.write() as tx:
            rules = rules_now(tx, source)
            for before, after in made.moved:
                class_id = classes.class_of(tx, classes.groups_for(after.path, rules))
                move_document(tx, before.document_id, after.path, after.mtime_ns, class_id)
            for before, after in made.touched:
                touch_document(tx, before.document_id, after.size, after.mtime_ns)
        changed = [before.document_id for before, _ in (*made.moved, *made.touched)]
        relabel(tools.catalogue, tools.index, changed)
    progress.counts["moved"] += len(made.moved)
    progress.done += len(made.moved)


def _apply_deletions(tools: Tools, made: Plan, progress: Progress) -> None:
    if not made.deleted:
        return
    with tools.catalogue.write() as tx:
        remove_documents(tx, [one.document_id for one in made.deleted])
    progress.counts["deleted"] += len(made.deleted)
    progress.done += len(made.deleted)


def _claims(tools: Tools, source: sources.Source, wanted: Sequence[FileToIndex]) -> ClaimedFiles:
    hashes = {one.found.path: one.content_hash for one in wanted}
    return ClaimedFiles.of(tools.catalogue, source.name, tools.worker, hashes)


def _set_aside(
    tools: Tools,
    source: sources.Source,
    wanted: Sequence[FileToIndex],
    claimed: ClaimedFiles,
    progress: Progress,
) -> None:
    """Files that ended the process again and again are recorded as failed, and not begun."""
    aside = set(claimed.set_aside())
    batch: list[ParsedFile] = [
        ParsedFile(one, ParseOutcome(DocumentState.FAILED, SET_ASIDE))
        for one in wanted
        if one.found.path in aside
    ]
    if batch:
        apply_batch(tools, source, batch, progress)
