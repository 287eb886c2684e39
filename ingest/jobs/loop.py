"""The thread that does one job after the other, in the order of the queue."""

from __future__ import annotations

import threading

import structlog

from ingest.errors import IngestError
from ingest.jobs import queue
from ingest.jobs.at_work import AtWork
from ingest.jobs.running_job import RunningJob
from ingest.jobs.submission import generation_of
from ingest.library import Library
from ingest.store.catalogue import sources
from ingest.store.catalogue.jobs import records
from ingest.store.catalogue.jobs.progress import Progress
from ingest.store.catalogue.jobs.records import JobState
from ingest.store.precedence import INDEXING, stand_back
from ingest.sync.options import SyncOptions
from ingest.types import FoundFile

_log = structlog.get_logger(__name__)


class JobLoop:
    """Runs jobs until it is closed."""

    def __init__(self, library: Library, at_work: AtWork, try_again_s: float) -> None:
        """Starts the thread; what cannot be written is tried again after `try_again_s`."""
        self._library = library
        self._at_work = at_work
        self._try_again_s = try_again_s
        self._compared: dict[str, set[FoundFile]] = {}
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._thread.start()

    @property
    def is_closing(self) -> bool:
        """Whether no further job is begun."""
        return self._closing.is_set()

    def close(self) -> None:
        """Stops after the batch under way, and ends the thread."""
        self._closing.set()
        self._at_work.stop.set()
        self._at_work.moves.tell()
        self._thread.join()

    def _run(self) -> None:
        stand_back(INDEXING)
        at_work = self._at_work
        while not self._closing.is_set():
            seen = at_work.moves.count
            try:
                at_work.write_ends()
                run = self._begin()
                at_work.held_back = ""
            except Exception as exc:  # a full disk, a database away: the queue outlives it
                _log.error("the queue of jobs waits", reason=str(exc))
                at_work.held_back = str(exc)
                self._closing.wait(self._try_again_s)
                continue
            if run is not None:
                self._do(run)
                continue
            at_work.moves.beyond(seen, enough=self._closing.is_set)

    def _begin(self) -> RunningJob | None:
        """The next job, marked as running; None when there is nothing to do."""
        catalogue = self._library.catalogue
        with catalogue.read() as connection:
            unfinished = records.unfinished(connection)
            if queue.next_of(unfinished, sources.paused_names(connection)) is None:
                return None
        try:
            with catalogue.write() as tx:
                job = queue.next_of(records.unfinished(tx), sources.paused_names(tx))
                if job is None:
                    return None
                records.started(tx, job.id, self._library.worker)
                run = self._at_work.begun(job)
                if self._closing.is_set():
                    self._at_work.stop.set()
        except Exception:
            self._at_work.not_begun()
            raise
        return run

    def _do(self, run: RunningJob) -> None:
        self._at_work.moves.tell()
        job = run.job
        dry_run = bool(job.options.get("dry_run"))
        try:
            progress = self._work(run)
            self._record(run, progress)
            if dry_run and progress.plan is not None:
                with self._library.catalogue.write() as tx:
                    records.planned(tx, job.id, progress.plan.summary())
        except IngestError as exc:
            self._finish(run, JobState.FAILED, str(exc))
        except Exception as exc:  # the border of a job: it ends with its reason, the next goes on
            _log.exception("job failed", source=job.source, job=job.id)
            self._finish(run, JobState.FAILED, f"unexpected {type(exc).__name__}; see the log")
        else:
            if self._at_work.is_cancelled(job.id):
                self._finish(run, JobState.CANCELLED)
            elif dry_run or progress.done >= progress.total:
                self._finish(run, JobState.DONE)
            else:
                self._finish(run, JobState.QUEUED)

    def _work(self, run: RunningJob) -> Progress:
        job, stop = run.job, self._at_work.stop

        def record(progress: Progress) -> None:
            self._record(run, progress)

        number = generation_of(job)
        if number is not None:
            return self._library.build_generation(number, record, stop)
        options = SyncOptions(**job.options)
        compared = self._compared.setdefault(job.id, set()) if options.reconcile else None
        return self._library.sync(job.source, options, record, stop, compared)

    def _record(self, run: RunningJob, progress: Progress) -> None:
        run.progress = progress
        with self._library.catalogue.write() as tx:
            records.progress(tx, run.so_far())
        self._at_work.moves.tell()

    def _finish(self, run: RunningJob, state: JobState, error: str = "") -> None:
        """Notes how a job ended; where that cannot be written now, it is tried until it can."""
        self._at_work.end(run.job.id, state, error)
        try:
            self._at_work.write_ends()
        except Exception as exc:
            _log.error("the end of a job is not written yet", job=run.job.id, reason=str(exc))
        self._at_work.forget(run.job.id)
        if state is not JobState.QUEUED:
            self._compared.pop(run.job.id, None)
        self._at_work.moves.tell()
