"""Queueing jobs: what waits already and does as much is not queued twice."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection

from ingest.errors import GenerationError
from ingest.store.catalogue import generations, sources
from ingest.store.catalogue.generations import GenerationState
from ingest.store.catalogue.jobs import records
from ingest.store.catalogue.jobs.records import Job, JobState
from ingest.sync.options import SyncOptions

MOST_PATHS = 500
"""A waiting sync of more paths than this looks at everything instead."""


def queue_sync(tx: Connection, source: str, wanted: SyncOptions) -> tuple[Job, bool]:
    """A sync that does what is wanted, and whether it is a new one.

    A waiting sync of some paths takes further ones in, and becomes one of everything when they are
    many or everything is wanted.

    Raises:
        NotFound: there is no such source.
    """
    sources.get(tx, source)
    options, paths = asdict(wanted), wanted.paths
    for waiting in records.unfinished(tx, source):
        if waiting.state is not JobState.QUEUED:
            continue
        before = asdict(SyncOptions(**waiting.options))
        if before == options or (paths and before == {**options, "paths": ()}):
            return waiting, False
        together = sorted({*paths, *before["paths"]}) if paths else []
        if before["paths"] and {**before, "paths": options["paths"]} == options:
            few = together if len(together) <= MOST_PATHS else []
            records.set_options(tx, waiting.id, {**options, "paths": few})
            return waiting, False
    return records.create(tx, source, options), True


def queue_generation(tx: Connection, number: int) -> Job:
    """The building of a generation; one that is unfinished is returned.

    Raises:
        NotFound: there is no such generation.
        GenerationError: it is live.
    """
    options = {"generation": number}
    if generations.get(tx, number).state is GenerationState.LIVE:
        raise GenerationError(f"generation {number} is live already")
    for waiting in records.unfinished(tx):
        if dict(waiting.options) == options:
            return waiting
    return records.create(tx, "", options, kind=records.GENERATION)


def generation_of(job: Job) -> int | None:
    """The generation that a job builds; None for a sync."""
    return None if job.kind != records.GENERATION else int(job.options["generation"])
