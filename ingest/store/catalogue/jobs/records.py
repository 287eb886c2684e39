"""Jobs: each sync of a source, with its counts and every file that failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from ingest.errors import NotFound
from ingest.store.catalogue.database.ids import new_id
from ingest.store.catalogue.database.schema import job


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED = (JobState.QUEUED.value, JobState.RUNNING.value)

COUNTS = (
    "added",
    "changed",
    "moved",
    "deleted",
    "unchanged",
    "failed",
    "embedded_chunks",
)
"""What a job counts; `failed` files are those that ended without text for whatever reason."""


SYNC, GENERATION = "sync", "generation"
"""Kinds of jobs: a source is brought up to date, or a generation of the index is built."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that gave no text: its state (`empty`, `scanned`, …) and why."""

    path: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Job:
    """A sync as it stands. `rate` is files a second, `eta_s` seconds to go (None: not known).

    `stage` is what a running job does just now, `worker` who does it, `heartbeat_at` when that
    worker was last known to live. `position` in the queue (1: next), `waiting` (what a job waits
    for, in words) and `pace` (files a second by a clock that nobody sets) are filled in by the
    worker that is asked.
    """

    id: str
    source: str
    state: JobState
    counts: Mapping[str, int]
    failures: tuple[Failure, ...]
    total: int
    done: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    plan: Mapping[str, Any] | None = None
    kind: str = SYNC
    stage: str = ""
    worker: str | None = None
    heartbeat_at: datetime | None = None
    position: int | None = None
    waiting: str = ""
    pace: float | None = None

    @property
    def rate(self) -> float | None:
        """Files a second since the job started."""
        if self.pace is not None:
            return self.pace
        if self.started_at is None or self.done == 0:
            return None
        end = self.finished_at or datetime.now(UTC)
        seconds = (end - self.started_at).total_seconds()
        return self.done / seconds if seconds > 0 else None

    @property
    def eta_s(self) -> float | None:
        """Seconds until done at the present rate; None when not running or not known yet."""
        rate = self.rate
        if self.state is not JobState.RUNNING or not rate:
            return None
        return max(0, self.total - self.done) / rate


def create(
    tx: Connection,
    source: str,
    options: Mapping[str, Any],
    now: datetime | None = None,
    kind: str = SYNC,
) -> Job:
    """A queued job, the last in the queue even where the clock (`now`) has been set back."""
    now = now or datetime.now(UTC)
    newest = tx.scalar(select(func.max(job.c.created_at)).where(job.c.state.in_(UNFINISHED)))
    if newest is not None:
        now = max(now, newest + timedelta(microseconds=1))
    one = Job(
        id=new_id("job"),
        source=source,
        state=JobState.QUEUED,
        counts=dict.fromkeys(COUNTS, 0),
        failures=(),
        total=0,
        done=0,
        created_at=now,
        started_at=None,
        finished_at=None,
        options=dict(options),
        kind=kind,
    )
    tx.execute(
        insert(job).values(
            id=one.id,
            source=source,
            state=one.state.value,
            options=dict(options),
            counts=dict(one.counts),
            failures=[],
            created_at=one.created_at,
            kind=kind,
        )
    )
    return one


def get(connection: Connection, job_id: str) -> Job:
    """The job as it stands.

    Raises:
        NotFound: there is no such job.
    """
    row = connection.execute(select(job).where(job.c.id == job_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no job {job_id!r}")
    return _job(row)


def recent(connection: Connection, limit: int = 50, source: str | None = None) -> list[Job]:
    """The newest jobs first."""
    statement = select(job).order_by(job.c.created_at.desc()).limit(limit)
    if source is not None:
        statement = statement.where(job.c.source == source)
    return [_job(row) for row in connection.execute(statement)]


def unfinished(connection: Connection, source: str | None = None) -> list[Job]:
    """Queued and running jobs, oldest first."""
    statement = select(job).where(job.c.state.in_(UNFINISHED)).order_by(job.c.created_at)
    if source is not None:
        statement = statement.where(job.c.source == source)
    return [_job(row) for row in connection.execute(statement)]


def last_errors(connection: Connection) -> dict[str, str]:
    """Why the newest sync that came to an end failed, by source; "" where it did not.

    Sources none of whose syncs has ended are left out.
    """
    newest = func.row_number().over(partition_by=job.c.source, order_by=job.c.finished_at.desc())
    ended = (
        select(job.c.source, job.c.error, newest.label("place"))
        .where(job.c.state.in_((JobState.DONE, JobState.FAILED)))
        .subquery()
    )
    rows = connection.execute(select(ended.c.source, ended.c.error).where(ended.c.place == 1))
    return {row.source: row.error for row in rows}


def started(tx: Connection, job_id: str, worker: str) -> None:
    """The job is run by `worker` from now on; one that was interrupted keeps its first start."""
    now = datetime.now(UTC)
    _set(
        tx,
        job_id,
        state=JobState.RUNNING.value,
        worker=worker,
        heartbeat_at=now,
        started_at=func.coalesce(job.c.started_at, int(now.timestamp() * 1_000_000)),
    )


def interrupted(tx: Connection, job_id: str) -> None:
    """The job is to go on later; what it did so far stays."""
    _set(tx, job_id, state=JobState.QUEUED.value, stage="", worker=None)


def take_back(tx: Connection) -> None:
    """Jobs that a worker was running when it died are queued again, before all the others."""
    tx.execute(
        update(job)
        .where(job.c.state == JobState.RUNNING.value)
        .values(state=JobState.QUEUED.value, stage="", worker=None)
    )


def alive(tx: Connection, job_id: str) -> None:
    """The job's worker lives."""
    _set(tx, job_id, heartbeat_at=datetime.now(UTC))


def progress(tx: Connection, one: Job) -> None:
    """Keeps how far a job has come: its total, done, counts, failures and stage."""
    _set(
        tx,
        one.id,
        total=one.total,
        done=one.done,
        counts=dict(one.counts),
        stage=one.stage,
        heartbeat_at=datetime.now(UTC),
        failures=[asdict(failure) for failure in one.failures],
    )


def set_options(tx: Connection, job_id: str, options: Mapping[str, Any]) -> None:
    """Changes what a job that has not begun yet is to do."""
    _set(tx, job_id, options=dict(options))


def planned(tx: Connection, job_id: str, plan: Mapping[str, Any]) -> None:
    """Keeps the plan of a dry run (lists of paths by what would happen to them)."""
    _set(tx, job_id, plan=dict(plan))


def finished(tx: Connection, job_id: str, state: JobState, error: str = "") -> None:
    """The job has ended."""
    now = datetime.now(UTC)
    _set(tx, job_id, state=state.value, error=error, stage="", finished_at=now)


def _set(tx: Connection, job_id: str, **values: Any) -> None:
    tx.execute(update(job).where(job.c.id == job_id).values(**values))


def _job(row: Row[tuple[object, ...]]) -> Job:
    return Job(
        id=row.id,
        source=row.source,
        state=JobState(row.state),
        counts=dict(row.counts),
        failures=tuple(Failure(**one) for one in row.failures),
        total=row.total,
        done=row.done,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        error=row.error,
        options=dict(row.options),
        plan=row.plan,
        kind=row.kind,
        stage=row.stage,
        worker=row.worker,
        heartbeat_at=row.heartbeat_at,
    )
