"""Jobs: what is being indexed, how far it is, and what failed why."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from functools import cache
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Query
from sse_starlette import EventSourceResponse, ServerSentEvent

from api.auth import Admin, Running
from api.runtime import Runtime
from assistant.conversation.answer_json import time_text
from ingest.store.catalogue.jobs.records import Job

router = APIRouter(prefix="/v1/admin/jobs", tags=["admin"])


def job_json(job: Job) -> dict[str, Any]:
    """A job as sent."""
    return {
        "id": job.id,
        "source": job.source,
        "kind": job.kind,
        "generation": job.options.get("generation"),
        "state": job.state.value,
        "stage": job.stage,
        "position": job.position,
        "waiting": job.waiting,
        "counts": dict(job.counts),
        "failures": [asdict(one) for one in job.failures],
        "rate": round(job.rate, 2) if job.rate is not None else None,
        "eta_s": round(job.eta_s, 1) if job.eta_s is not None else None,
        "total": job.total,
        "done": job.done,
        "error": job.error,
        "plan": job.plan,
        "created_at": time_text(job.created_at),
        "started_at": time_text(job.started_at),
        "finished_at": time_text(job.finished_at),
        "worker": job.worker,
        "heartbeat_at": time_text(job.heartbeat_at),
    }


@router.get("")
def list_jobs(
    _: Admin,
    runtime: Running,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    source: str | None = None,
) -> dict[str, Any]:
    """The newest jobs first, each with what it does or what it waits for."""
    return {"jobs": [job_json(one) for one in runtime.worker.recent(limit, source)]}


@router.get("/{job_id}")
def read_job(job_id: str, _: Admin, runtime: Running) -> dict[str, Any]:
    """One job as it stands."""
    return job_json(runtime.worker.get(job_id))


@router.get("/{job_id}/events", response_class=EventSourceResponse)
def watch_job(job_id: str, _: Admin, runtime: Running) -> EventSourceResponse:
    """The job whenever it moved, until it is finished."""
    runtime.worker.get(job_id)  # a job that is not there is refused before the stream begins
    return EventSourceResponse(_states(runtime, job_id), ping=15)


@router.delete("/{job_id}", status_code=204)
def drop_job(job_id: str, _: Admin, runtime: Running) -> None:
    """The same as `cancel`, without an answer."""
    runtime.worker.cancel(job_id)


@router.post("/{job_id}/cancel")
def cancel_job(job_id: str, _: Admin, runtime: Running) -> dict[str, Any]:
    """Ends a job: a waiting or paused one at once, a running one after the batch under way."""
    runtime.worker.cancel(job_id)
    return job_json(runtime.worker.get(job_id))


async def _states(runtime: Runtime, job_id: str) -> AsyncIterator[ServerSentEvent]:
    moves = runtime.worker.watch(job_id, idle_s=5)
    while (
        job := await anyio.to_thread.run_sync(next, moves, None, limiter=_watchers())
    ) is not None:
        yield ServerSentEvent(json.dumps(job_json(job), ensure_ascii=False), event="job")


@cache
def _watchers() -> anyio.CapacityLimiter:
    """Threads of their own: a watcher mostly waits, which must not take requests their threads."""
    return anyio.CapacityLimiter(32)
