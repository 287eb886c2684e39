"""Jobs in the background: one thread takes queued syncs from the catalogue, oldest first.

A job that a killed process left running is taken up again: what it had published is unchanged
for the new run, so nothing is done twice.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import asdict
from types import TracebackType

import structlog

from ingest.catalogue import jobs, sources
from ingest.catalogue.jobs import Job, JobState
from ingest.errors import IngestError
from ingest.library import Library
from ingest.sync import Progress, SyncOptions

_log = structlog.get_logger(__name__)


class Worker:
    """Runs the jobs of one library until it is closed. Its methods may be called by any thread."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._moved = threading.Condition()
        self._beat = 0
        self._closing = threading.Event()
        self._stop_current = threading.Event()
        self._current: str | None = None
        self._cancelled: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._thread.start()

    def submit(
        self,
        source: str,
        *,
        dry_run: bool = False,
        force: bool = False,
        allow_mass_delete: bool = False,
    ) -> Job:
        """Queues a sync; an equal one that has not begun yet is returned instead.

        Raises:
            NotFound: there is no such source.
        """
        options = asdict(SyncOptions(dry_run, force, allow_mass_delete))
        with self._library.catalogue.write() as tx:
            sources.get(tx, source)
            for waiting in jobs.unfinished(tx, source):
                if waiting.state is JobState.QUEUED and dict(waiting.options) == options:
                    return waiting
            job = jobs.create(tx, source, options)
        self._notify()
        return job

    def cancel(self, job_id: str) -> None:
        """Ends a job: a queued one at once, a running one after the batch under way.

        Raises:
            NotFound: there is no such job.
        """
        with self._library.catalogue.write() as tx:
            job = jobs.get(tx, job_id)
            if job.state is JobState.QUEUED:
                jobs.finished(tx, job_id, JobState.CANCELLED)
            elif job.state is JobState.RUNNING:
                self._cancelled.add(job_id)
                if self._current == job_id:
                    self._stop_current.set()
        self._notify()

    def get(self, job_id: str) -> Job:
        """The job as it stands.

        Raises:
            NotFound: there is no such job.
        """
        with self._library.catalogue.read() as connection:
            return jobs.get(connection, job_id)

    def wait(self, job_id: str, timeout_s: float | None = None) -> Job:
        """The job once it is finished, or as it stands after `timeout_s`."""
        with self._moved:
            self._moved.wait_for(lambda: _finished(self.get(job_id)), timeout_s)
        return self.get(job_id)

    def watch(self, job_id: str, idle_s: float = 15.0) -> Iterator[Job]:
        """The job whenever it moved (and at least every `idle_s` seconds), until it is finished."""
        seen = -1
        while True:
            with self._moved:
                self._moved.wait_for(lambda: self._beat != seen, idle_s)  # noqa: B023 - called at once
                seen = self._beat
            job = self.get(job_id)
            yield job
            if _finished(job) or self._closing.is_set():
                return

    def close(self) -> None:
        """Stops after the batch under way; the interrupted job goes on at the next start."""
        self._closing.set()
        self._stop_current.set()
        self._notify()
        self._thread.join()

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _notify(self) -> None:
        with self._moved:
            self._beat += 1
            self._moved.notify_all()

    def _run(self) -> None:
        seen = -1
        while not self._closing.is_set():
            with self._moved:
                beat = self._beat
            job = self._next()
            if job is not None:
                self._do(job)
                self._notify()
                continue
            seen = beat
            with self._moved:
                self._moved.wait_for(lambda: self._beat != seen or self._closing.is_set())  # noqa: B023

    def _next(self) -> Job | None:
        with self._library.catalogue.read() as connection:
            waiting = jobs.unfinished(connection)
        return waiting[0] if waiting else None

    def _do(self, job: Job) -> None:
        self._stop_current.clear()
        self._current = job.id
        catalogue = self._library.catalogue
        with catalogue.write() as tx:
            if jobs.get(tx, job.id).state is JobState.CANCELLED:
                return
            jobs.started(tx, job.id)
        self._notify()
        options = SyncOptions(**job.options)
        try:
            progress = self._library.sync(
                job.source, options, lambda now: self._record(job.id, now), self._stop_current
            )
        except IngestError as exc:
            self._finish(job.id, JobState.FAILED, str(exc))
            return
        except Exception as exc:  # the border of a job: it ends with its reason, the next goes on
            _log.exception("sync failed", source=job.source, job=job.id)
            self._finish(job.id, JobState.FAILED, f"unexpected {type(exc).__name__}; see the log")
            return
        if options.dry_run and progress.plan is not None:
            with catalogue.write() as tx:
                jobs.planned(tx, job.id, progress.plan.summary())
        self._record(job.id, progress)
        if job.id in self._cancelled:
            self._finish(job.id, JobState.CANCELLED)
        elif progress.done >= progress.total or options.dry_run or not self._closing.is_set():
            self._finish(job.id, JobState.DONE)

    def _record(self, job_id: str, progress: Progress) -> None:
        with self._library.catalogue.write() as tx:
            jobs.progress(
                tx,
                job_id,
                total=progress.total,
                done=progress.done,
                counts=progress.counts,
                failures=progress.failures,
            )
        self._notify()

    def _finish(self, job_id: str, state: JobState, error: str = "") -> None:
        with self._library.catalogue.write() as tx:
            jobs.finished(tx, job_id, state, error)
        self._current = None
        self._notify()


def _finished(job: Job) -> bool:
    return job.state.value not in jobs.UNFINISHED
