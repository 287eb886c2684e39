"""The queue of jobs: which comes next, and what each of the others waits for."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace

from ingest.store.catalogue.jobs.records import GENERATION, Job, JobState

PAUSED = "the source is paused; resume it with: footnote sources resume {source}"


def next_of(unfinished: Sequence[Job], paused: Set[str]) -> Job | None:
    """The queued job that comes next: the oldest whose source is not paused.

    One that compares all content comes last: it may take hours, and lets others pass meanwhile.
    """
    ready = [job for job in unfinished if job.state is JobState.QUEUED and job.source not in paused]
    return min(ready, key=_compares, default=None)


def in_line(unfinished: Sequence[Job], paused: Set[str]) -> dict[str, Job]:
    """Unfinished jobs by id, each with its place in the queue and what it waits for.

    Args:
        unfinished: every queued and running job, oldest first.
        paused: the sources that rest.
    """
    placed: dict[str, Job] = {}
    position = 0
    before = next((job for job in unfinished if job.state is JobState.RUNNING), None)
    for job in sorted(unfinished, key=_compares):
        if job.state is JobState.QUEUED and job.source in paused:
            job = replace(job, waiting=PAUSED.format(source=job.source))
        elif job.state is JobState.QUEUED:
            position += 1
            waiting = f"it comes after {_named(before)} ({before.id})" if before else ""
            job = replace(job, position=position, waiting=waiting)
            before = job
        placed[job.id] = job
    return placed


def _compares(job: Job) -> bool:
    return bool(job.options.get("reconcile"))


def _named(job: Job) -> str:
    if job.kind == GENERATION:
        return f"the building of generation {job.options.get('generation')}"
    return f"the sync of {job.source}"
