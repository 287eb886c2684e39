"""Jobs in the background: one thread takes queued syncs from the catalogue, oldest first.

A job that a killed process left running is queued again at the next start, and one whose source
is paused goes on when it is resumed: what was published is unchanged for the new run, so nothing
is done twice (a forced sync apart, which begins again).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from types import TracebackType
from typing import TYPE_CHECKING

import structlog

from ingest.errors import GenerationError, IngestError
from ingest.jobs import queue
from ingest.jobs.job_run import Run
from ingest.library import Library
from ingest.store.catalogue import generations, sources
from ingest.store.catalogue.generations import GenerationState
from ingest.store.catalogue.jobs import leases, records
from ingest.store.catalogue.jobs.records import Job, JobState
from ingest.store.precedence import INDEXING, stand_back
from ingest.sync.progress import Progress, SyncOptions
from ingest.types import FoundFile

HEARTBEAT_S = 20.0
TRY_AGAIN_S = 5.0

MOST_PATHS = 500
"""A waiting sync of more paths than this looks at everything instead."""

if TYPE_CHECKING:
    from sqlalchemy import Connection

_log = structlog.get_logger(__name__)


class Worker:
    """Runs the jobs of one library until it is closed. Its methods may be called by any thread."""

    def __init__(
        self,
        library: Library,
        *,
        heartbeat_s: float = HEARTBEAT_S,
        try_again_s: float = TRY_AGAIN_S,
    ) -> None:
        """Starts the worker; jobs left by a dead one are queued again.

        Args:
            library: whose jobs they are.
            heartbeat_s: how often a running job and its claims are marked as alive.
            try_again_s: how soon the end of a job that could not be written is written again.
        """
        self._library = library
        self._try_again_s = try_again_s
        self._moved = threading.Condition()
        self._moves = 0
        self._closing = threading.Event()
        self._stop_current = threading.Event()
        # Written inside write transactions only, which only one thread at a time is in.
        self._current: Run | None = None
        self._cancelled: set[str] = set()
        self._untold: dict[str, tuple[JobState, str]] = {}
        self._held_back = ""
        self._compared: dict[str, set[FoundFile]] = {}
        with library.catalogue.write() as tx:
            records.take_back(tx)
        self._threads = [
            threading.Thread(target=self._run, name="worker", daemon=True),
            threading.Thread(
                target=self._keep_alive, args=(heartbeat_s,), name="heartbeat", daemon=True
            ),
        ]
        for thread in self._threads:
            thread.start()

    def submit(
        self,
        source: str,
        *,
        dry_run: bool = False,
        force: bool = False,
        allow_mass_delete: bool = False,
        reconcile: bool = False,
        paths: frozenset[str] = frozenset(),
    ) -> Job:
        """Queues a sync; one that has not begun yet and does as much is returned instead.

        A waiting sync of some `paths` takes further ones in, and becomes one of everything when
        they are many or everything is wanted. A running reconcile lets the new job pass.

        Raises:
            NotFound: there is no such source.
            CannotWrite: the disk is full or read-only.
        """
        options = asdict(
            SyncOptions(dry_run, force, allow_mass_delete, reconcile, tuple(sorted(paths)))
        )
        with self._library.catalogue.write() as tx:
            sources.get(tx, source)
            for waiting in records.unfinished(tx, source):
                if waiting.state is JobState.QUEUED:
                    before = asdict(SyncOptions(**waiting.options))
                    if before == options or (paths and before == {**options, "paths": ()}):
                        return waiting
                    together = sorted({*paths, *before["paths"]}) if paths else []
                    if before["paths"] and {**before, "paths": options["paths"]} == options:
                        few = together if len(together) <= MOST_PATHS else []
                        records.set_options(tx, waiting.id, {**options, "paths": few})
                        return waiting
            job = records.create(tx, source, options)
            if self._lets_pass(tx):
                self._stop_current.set()
        self._notify()
        return job

    def _lets_pass(self, tx: Connection) -> bool:
        """Whether the running job is a folder's reconcile: it goes on where it was afterwards."""
        run = self._current
        if run is None or not run.job.options.get("reconcile"):
            return False
        return sources.get(tx, run.job.source).kind == "folder"

    def submit_generation(self, number: int) -> Job:
        """Queues the building of a generation and the switch to it; one that waits is returned.

        Raises:
            NotFound: there is no such generation.
            GenerationError: it is live.
            CannotWrite: the disk is full or read-only.
        """
        options = {"generation": number}
        with self._library.catalogue.write() as tx:
            if generations.get(tx, number).state is GenerationState.LIVE:
                raise GenerationError(f"generation {number} is live already")
            for waiting in records.unfinished(tx):
                if dict(waiting.options) == options:
                    return waiting
            job = records.create(tx, "", options, kind=records.GENERATION)
        self._notify()
        return job

    def drop_generation(self, number: int) -> None:
        """Ends the building of a generation, if it is being built, and forgets it.

        Raises:
            NotFound: there is no such generation.
            GenerationError: it is live, or being built at this moment; cancel its job first.
        """
        with self._library.catalogue.read() as connection:
            mine = [
                job
                for job in records.unfinished(connection)
                if job.options.get("generation") == number
            ]
        current = self._current
        if current is not None and current.job.options.get("generation") == number:
            raise GenerationError(
                f"generation {number} is being built; end that first: "
                f"footnote jobs cancel {current.job.id}"
            )
        for job in mine:
            self.cancel(job.id)
        self._library.drop_generation(number)

    def cancel(self, job_id: str) -> None:
        """Ends a job: a waiting or paused one at once, a running one after the batch under way.

        Raises:
            NotFound: there is no such job.
        """
        with self._library.catalogue.write() as tx:
            job = records.get(tx, job_id)
            if self._current is not None and self._current.job.id == job_id:
                self._cancelled.add(job_id)
                self._stop_current.set()
            elif job.state.value in records.UNFINISHED:
                records.finished(tx, job_id, JobState.CANCELLED)
        self._notify()

    def pause(self, source: str) -> None:
        """Lets a source rest: its jobs wait, a running one stops after the batch under way.

        Raises:
            NotFound: there is no such source.
        """
        with self._library.catalogue.write() as tx:
            sources.set_paused(tx, source, True)
            if self._current is not None and self._current.job.source == source:
                self._stop_current.set()
        self._notify()

    def resume(self, source: str) -> None:
        """A paused source's jobs go on where they were.

        Raises:
            NotFound: there is no such source.
        """
        with self._library.catalogue.write() as tx:
            sources.set_paused(tx, source, False)
        self._notify()

    def remove_source(self, name: str) -> None:
        """Ends a source's jobs and forgets it with all its documents.

        Raises:
            NotFound: there is no such source.
        """
        with self._library.catalogue.read() as connection:
            ended = records.unfinished(connection, name)
        for job in ended:
            self.cancel(job.id)
        self._library.remove_source(name)

    def get(self, job_id: str) -> Job:
        """The job as it stands, with its place in the queue and what it waits for.

        Raises:
            NotFound: there is no such job.
        """
        return self._as_they_stand(lambda connection: [records.get(connection, job_id)])[0]

    def recent(self, limit: int = 50, source: str | None = None) -> list[Job]:
        """The newest jobs first, as `get` gives them."""
        return self._as_they_stand(lambda connection: records.recent(connection, limit, source))

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
                self._moved.wait_for(lambda: self._moves != seen, idle_s)  # noqa: B023 - called at once
                seen = self._moves
            job = self.get(job_id)
            yield job
            if _finished(job) or self._closing.is_set():
                return

    def close(self) -> None:
        """Stops after the batch under way; the interrupted job goes on at the next start."""
        self._closing.set()
        self._stop_current.set()
        self._notify()
        for thread in self._threads:
            thread.join()

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
            self._moves += 1
            self._moved.notify_all()

    def _as_they_stand(self, read: Callable[[Connection], list[Job]]) -> list[Job]:
        """Jobs with what only this process knows of them."""
        # Looked at before the catalogue: what is written meanwhile is then told twice, not never.
        current, untold, held_back = self._current, dict(self._untold), self._held_back
        with self._library.catalogue.read() as connection:
            some = read(connection)
            placed: dict[str, Job] = {}
            if not all(map(_finished, some)):
                unfinished = records.unfinished(connection)
                placed = queue.in_line(unfinished, sources.paused_names(connection))
        seen = []
        for job in some:
            job = placed.get(job.id, job)
            state, error = untold.get(job.id, (JobState.QUEUED, ""))
            if state is not JobState.QUEUED:
                job = replace(job, state=state, error=error, stage="", position=None, waiting="")
            elif current is not None and current.job.id == job.id and not _finished(job):
                job = current.seen(job, held_up=self._library.precedence.held_up)
            elif held_back and job.position is not None:
                job = replace(job, waiting=held_back)
            seen.append(job)
        return seen

    def _run(self) -> None:
        stand_back(INDEXING)
        while not self._closing.is_set():
            with self._moved:
                seen = self._moves
            try:
                self._tell()
                run = self._begin()
                self._held_back = ""
            except Exception as exc:  # a full disk, a database away: the queue outlives it
                _log.error("the queue of jobs waits", reason=str(exc))
                self._held_back = str(exc)
                self._closing.wait(self._try_again_s)
                continue
            if run is not None:
                self._do(run)
                continue
            with self._moved:
                self._moved.wait_for(lambda: self._moves != seen or self._closing.is_set())  # noqa: B023 - called at once

    def _begin(self) -> Run | None:
        """The next job, marked as running; None when there is nothing to do."""
        with self._library.catalogue.read() as connection:
            if (
                queue.next_of(records.unfinished(connection), sources.paused_names(connection))
                is None
            ):
                return None
        with self._library.catalogue.write() as tx:
            job = queue.next_of(records.unfinished(tx), sources.paused_names(tx))
            if job is None:
                return None
            records.started(tx, job.id, self._library.worker)
            self._stop_current.clear()
            if self._closing.is_set():
                self._stop_current.set()
            self._current = Run(job)
            return self._current

    def _do(self, run: Run) -> None:
        self._notify()
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
            if job.id in self._cancelled:
                self._finish(run, JobState.CANCELLED)
            elif dry_run or progress.done >= progress.total:
                self._finish(run, JobState.DONE)
            else:
                self._finish(run, JobState.QUEUED)

    def _work(self, run: Run) -> Progress:
        job = run.job

        def record(progress: Progress) -> None:
            self._record(run, progress)

        if job.kind == records.GENERATION:
            number = int(job.options["generation"])
            return self._library.build_generation(number, record, self._stop_current)
        options = SyncOptions(**job.options)
        compared = self._compared.setdefault(job.id, set()) if options.reconcile else None
        return self._library.sync(job.source, options, record, self._stop_current, compared)

    def _record(self, run: Run, progress: Progress) -> None:
        run.progress = progress
        with self._library.catalogue.write() as tx:
            records.progress(tx, run.so_far())
        self._notify()

    def _finish(self, run: Run, state: JobState, error: str = "") -> None:
        """Notes how a job ended; where that cannot be written now, it is tried until it can."""
        with self._moved:
            self._untold[run.job.id] = (state, error)
        try:
            self._tell()
        except Exception as exc:
            _log.error("the end of a job is not written yet", job=run.job.id, reason=str(exc))
        self._cancelled.discard(run.job.id)
        if state is not JobState.QUEUED:
            self._compared.pop(run.job.id, None)
        self._notify()

    def _tell(self) -> None:
        for job_id, (state, error) in list(self._untold.items()):
            with self._library.catalogue.write() as tx:
                if state is JobState.QUEUED:
                    records.interrupted(tx, job_id)
                else:
                    records.finished(tx, job_id, state, error)
                self._current = None
            del self._untold[job_id]
            self._notify()

    def _keep_alive(self, every_s: float) -> None:
        while not self._closing.wait(every_s):
            run = self._current
            if run is None:
                continue
            try:
                with self._library.catalogue.write() as tx:
                    records.alive(tx, run.job.id)
                    leases.renew(tx, self._library.worker)
            except Exception as exc:  # the next beat may succeed; the work itself is not stopped
                _log.warning("the heartbeat is not written", reason=str(exc))


def _finished(job: Job) -> bool:
    return job.state.value not in records.UNFINISHED
