"""The job that is being done now, how it is asked to stop, and how those before it ended."""

from __future__ import annotations

import threading

from ingest.jobs.moves import Moves
from ingest.jobs.running_job import RunningJob
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.jobs import records
from ingest.store.catalogue.jobs.records import Job, JobState


class AtWork:
    """What this process knows of jobs beside the catalogue. Thread-safe.

    Attributes:
        running: the job that is being done; written inside write transactions only, which only one
            thread at a time is in.
        stop: set when it is to stop after the batch under way.
        held_back: why the next job cannot be begun (a full disk), else "".
        moves: told of everything that happens here.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        """Nothing is being done yet."""
        self._catalogue = catalogue
        self._cancelled: set[str] = set()
        self._ends: dict[str, tuple[JobState, str]] = {}
        self.running: RunningJob | None = None
        self.stop = threading.Event()
        self.held_back = ""
        self.moves = Moves()

    @property
    def unwritten_ends(self) -> dict[str, tuple[JobState, str]]:
        """By job: how it ended and its error, where the catalogue could not be told yet."""
        return dict(self._ends)

    def begun(self, job: Job) -> RunningJob:
        """A job runs from now on; the caller is in the transaction that says so."""
        self.stop.clear()
        self.running = RunningJob(job)
        return self.running

    def not_begun(self) -> None:
        """The transaction that said so failed."""
        self.running = None

    def cancel(self, job_id: str) -> bool:
        """Stops the job if it is the running one; the caller is in a write transaction."""
        if self.running is None or self.running.job.id != job_id:
            return False
        self._cancelled.add(job_id)
        self.stop.set()
        return True

    def is_cancelled(self, job_id: str) -> bool:
        """Whether the job was cancelled while it ran."""
        return job_id in self._cancelled

    def end(self, job_id: str, state: JobState, error: str = "") -> None:
        """The job has ended; `write_ends` tells the catalogue."""
        self._ends[job_id] = (state, error)

    def forget(self, job_id: str) -> None:
        """Whoever cancelled the job has been heard."""
        self._cancelled.discard(job_id)

    def write_ends(self) -> None:
        """Tells the catalogue how jobs ended; what cannot be written is kept for another try."""
        for job_id, (state, error) in self.unwritten_ends.items():
            with self._catalogue.write() as tx:
                if state is JobState.QUEUED:
                    records.interrupted(tx, job_id)
                else:
                    records.finished(tx, job_id, state, error)
                self.running = None
            del self._ends[job_id]
            self.moves.tell()
