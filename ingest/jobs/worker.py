"""Jobs in the background: queued, watched and told what to do, by any thread.

One thread takes queued jobs from the catalogue, oldest first. A job that a killed process left
running is queued again at the next start, and one whose source is paused goes on when it is
resumed: what was published is unchanged for the new run, so nothing is done twice (a forced sync
apart, which begins again).
"""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING

from ingest.errors import GenerationError
from ingest.jobs.at_work import AtWork
from ingest.jobs.heartbeat import Heartbeat
from ingest.jobs.loop import JobLoop
from ingest.jobs.standing import as_they_stand, is_finished
from ingest.jobs.submission import generation_of, queue_generation, queue_sync
from ingest.library import Library
from ingest.store.catalogue import sources
from ingest.store.catalogue.jobs import records
from ingest.store.catalogue.jobs.records import Job, JobState
from ingest.sync.options import SyncOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

HEARTBEAT_S = 20.0
TRY_AGAIN_S = 5.0


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
        self._at_work = AtWork(library.catalogue)
        with library.catalogue.write() as tx:
            records.take_back(tx)
        self._loop = JobLoop(library, self._at_work, try_again_s)
        self._heartbeat = Heartbeat(library.catalogue, library.worker, self._at_work, heartbeat_s)

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

        A waiting sync of some `paths` takes further ones in (see `queue_sync`). A running reconcile
        lets the new job pass.

        Raises:
            NotFound: there is no such source.
            CannotWrite: the disk is full or read-only.
        """
        options = SyncOptions(dry_run, force, allow_mass_delete, reconcile, tuple(sorted(paths)))
        with self._library.catalogue.write() as tx:
            job, is_new = queue_sync(tx, source, options)
            if is_new and self._lets_pass(tx):
                self._at_work.stop.set()
        if is_new:
            self._at_work.moves.tell()
        return job

    def submit_generation(self, number: int) -> Job:
        """Queues the building of a generation and the switch to it; one that waits is returned.

        Raises:
            NotFound: there is no such generation.
            GenerationError: it is live.
            CannotWrite: the disk is full or read-only.
        """
        with self._library.catalogue.write() as tx:
            job = queue_generation(tx, number)
        self._at_work.moves.tell()
        return job

    def drop_generation(self, number: int) -> None:
        """Ends the building of a generation, if it waits, and forgets it.

        Raises:
            NotFound: there is no such generation.
            GenerationError: it is live, or being built at this moment; cancel its job first.
        """
        with self._library.catalogue.read() as connection:
            mine = [job for job in records.unfinished(connection) if generation_of(job) == number]
        running = self._at_work.running
        if running is not None and generation_of(running.job) == number:
            raise GenerationError(
                f"generation {number} is being built; end that first: "
                f"footnote jobs cancel {running.job.id}"
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
            if not self._at_work.cancel(job_id) and not is_finished(job):
                records.finished(tx, job_id, JobState.CANCELLED)
        self._at_work.moves.tell()

    def pause(self, source: str) -> None:
        """Lets a source rest: its jobs wait, a running one stops after the batch under way.

        Raises:
            NotFound: there is no such source.
        """
        with self._library.catalogue.write() as tx:
            sources.set_paused(tx, source, True)
            running = self._at_work.running
            if running is not None and running.job.source == source:
                self._at_work.stop.set()
        self._at_work.moves.tell()

    def resume(self, source: str) -> None:
        """A paused source's jobs go on where they were.

        Raises:
            NotFound: there is no such source.
        """
        with self._library.catalogue.write() as tx:
            sources.set_paused(tx, source, False)
        self._at_work.moves.tell()

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
        self._at_work.moves.until(lambda: is_finished(self.get(job_id)), timeout_s)
        return self.get(job_id)

    def watch(self, job_id: str, idle_s: float = 15.0) -> Iterator[Job]:
        """The job whenever it moved (and at least every `idle_s` seconds), until it is finished."""
        seen = -1
        while True:
            seen = self._at_work.moves.beyond(seen, idle_s)
            job = self.get(job_id)
            yield job
            if is_finished(job) or self._loop.is_closing:
                return

    def close(self) -> None:
        """Stops after the batch under way; the interrupted job goes on at the next start."""
        self._loop.close()
        self._heartbeat.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _lets_pass(self, tx: Connection) -> bool:
        """Whether the running job is a folder's reconcile: it goes on where it was afterwards."""
        running = self._at_work.running
        if running is None or not running.job.options.get("reconcile"):
            return False
        return sources.get(tx, running.job.source).kind == "folder"

    def _as_they_stand(self, read: Callable[[Connection], list[Job]]) -> list[Job]:
        library = self._library
        return as_they_stand(library.catalogue, self._at_work, library.precedence, read)
