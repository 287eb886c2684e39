"""Jobs."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field

from api.routes.bodies.fields import Moment, Sent, example
from assistant.conversation.answer_json import time_text
from ingest.store.catalogue.jobs.records import Job as JobRecord
from ingest.store.catalogue.jobs.records import JobState

_FAILURE = {"path": "hr/scan.pdf", "state": "scanned", "reason": "the pages are images"}
_PLAN: dict[str, Any] = {
    "added": ["public/new.md"],
    "changed": [],
    "moved": [["old.md", "new.md"]],
    "deleted": [],
    "unchanged": 212,
    "unreadable": {},
}
_JOB: dict[str, Any] = {
    "id": "job_9c2d7e1f0a3b4c5d6e7f8091",
    "source": "handbook",
    "kind": "sync",
    "generation": None,
    "state": "running",
    "stage": "parsing",
    "position": None,
    "waiting": "",
    "counts": {
        "added": 40,
        "changed": 2,
        "moved": 0,
        "deleted": 0,
        "unchanged": 58,
        "failed": 1,
        "embedded_chunks": 311,
    },
    "failures": [_FAILURE],
    "rate": 21.4,
    "eta_s": 5.2,
    "total": 212,
    "done": 101,
    "error": "",
    "plan": None,
    "created_at": "2025-11-25T08:00:00Z",
    "started_at": "2025-11-25T08:00:01Z",
    "finished_at": None,
    "worker": "server:4711:0a1b2c3d",
    "heartbeat_at": "2025-11-25T08:00:05Z",
}


class Failure(Sent):
    """A file that gave no text, and why."""

    model_config = example(**_FAILURE)

    path: str
    state: str
    reason: str


class Plan(Sent):
    """What a sync would do: paths by what would happen to them; `moved` are pairs, old and new."""

    model_config = example(**_PLAN)

    added: list[str] = Field([])
    changed: list[str] = Field([])
    moved: list[list[str]] = Field([])
    deleted: list[str] = Field([])
    unchanged: int = 0
    unreadable: dict[str, str] = Field({}, description="Reasons by path.")


class Job(Sent):
    """A job as it stands.

    `position` in the queue counts from 1; `waiting` says what it waits for. `rate` is files a
    second, `eta_s` seconds to go (null: not known). `counts` has `added`, `changed`, `moved`,
    `deleted`, `unchanged`, `failed` and `embedded_chunks`. `plan` is that of a dry run.
    """

    model_config = example(**_JOB)

    id: str
    source: str
    kind: Annotated[str, Field(examples=["sync", "generation"])]
    generation: int | None
    state: JobState
    stage: str
    position: int | None
    waiting: str
    counts: dict[str, int]
    failures: list[Failure]
    rate: float | None
    eta_s: float | None
    total: int
    done: int
    error: str
    plan: Plan | None
    created_at: Moment
    started_at: Moment | None
    finished_at: Moment | None
    worker: str | None
    heartbeat_at: Moment | None

    @classmethod
    def of(cls, job: JobRecord) -> Self:
        """As it is sent."""
        return cls(
            id=job.id,
            source=job.source,
            kind=job.kind,
            generation=job.options.get("generation"),
            state=job.state,
            stage=job.stage,
            position=job.position,
            waiting=job.waiting,
            counts=dict(job.counts),
            failures=[Failure.model_validate(one, from_attributes=True) for one in job.failures],
            rate=round(job.rate, 2) if job.rate is not None else None,
            eta_s=round(job.eta_s, 1) if job.eta_s is not None else None,
            total=job.total,
            done=job.done,
            error=job.error,
            plan=None if job.plan is None else Plan.model_validate(dict(job.plan)),
            created_at=time_text(job.created_at),
            started_at=time_text(job.started_at),
            finished_at=time_text(job.finished_at),
            worker=job.worker,
            heartbeat_at=time_text(job.heartbeat_at),
        )


class JobList(Sent):
    """The newest jobs first."""

    model_config = example(jobs=[_JOB])

    jobs: list[Job]


class Submitted(Sent):
    """The job that does it; its address is in the header `Location` too."""

    model_config = example(job_id=_JOB["id"])

    job_id: str
