"""Jobs as they stand: as the catalogue has them, with what only the worker's process knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Connection

from ingest.jobs import queue
from ingest.jobs.at_work import AtWork
from ingest.store.catalogue import sources
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.jobs import records
from ingest.store.catalogue.jobs.records import Job, JobState
from ingest.store.precedence import Precedence


def is_finished(job: Job) -> bool:
    """Whether nothing more will happen to a job."""
    return job.state.value not in records.UNFINISHED


def as_they_stand(
    catalogue: Catalogue,
    at_work: AtWork,
    precedence: Precedence,
    read: Callable[[Connection], list[Job]],
) -> list[Job]:
    """The jobs that `read` finds, with their place in the queue, and what they wait for or do."""
    # Looked at before the catalogue: what is written meanwhile is then told twice, not never.
    running, ends, held_back = at_work.running, at_work.unwritten_ends, at_work.held_back
    with catalogue.read() as connection:
        some = read(connection)
        placed: dict[str, Job] = {}
        if not all(map(is_finished, some)):
            unfinished = records.unfinished(connection)
            placed = queue.in_line(unfinished, sources.paused_names(connection))
    seen = []
    for job in some:
        job = placed.get(job.id, job)
        state, error = ends.get(job.id, (JobState.QUEUED, ""))
        if state is not JobState.QUEUED:
            job = replace(job, state=state, error=error, stage="", position=None, waiting="")
        elif running is not None and running.job.id == job.id and not is_finished(job):
            job = running.seen(job, held_up=precedence.held_up)
        elif held_back and job.position is not None:
            job = replace(job, waiting=held_back)
        seen.append(job)
    return seen
