"""Jobs: what is being indexed, how far it is, and what failed why."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import cache
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Query
from sse_starlette import EventSourceResponse, ServerSentEvent

from api.auth import Admin, Running
from api.routes.bodies.jobs import Job, JobList
from api.routes.refusals import refuses
from api.routes.streams import events
from api.runtime import Runtime

router = APIRouter(prefix="/v1/admin/jobs", tags=["admin: jobs"])

_EVENTS: dict[str, Any] = {
    "description": "The job whenever it moved; the last event is the finished job.",
    "content": {"text/event-stream": events("The job as it moves.", job="Job")},
}


@router.get("")
def list_jobs(
    _: Admin,
    runtime: Running,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    source: str | None = None,
) -> JobList:
    """The newest jobs first, each with what it does or what it waits for."""
    return JobList(jobs=[Job.of(one) for one in runtime.worker.recent(limit, source)])


@router.get("/{job_id}", responses=refuses(404))
def read_job(job_id: str, _: Admin, runtime: Running) -> Job:
    """One job as it stands."""
    return Job.of(runtime.worker.get(job_id))


@router.get(
    "/{job_id}/events",
    response_class=EventSourceResponse,
    responses={200: _EVENTS, **refuses(404)},
)
def watch_job(job_id: str, _: Admin, runtime: Running) -> EventSourceResponse:
    """The job whenever it moved, until it is finished."""
    runtime.worker.get(job_id)  # a job that is not there is refused before the stream begins
    return EventSourceResponse(_states(runtime, job_id), ping=15)


@router.delete("/{job_id}", status_code=204, responses=refuses(404, 503))
def drop_job(job_id: str, _: Admin, runtime: Running) -> None:
    """The same as `cancel`, without an answer."""
    runtime.worker.cancel(job_id)


@router.post("/{job_id}/cancel", responses=refuses(404, 503))
def cancel_job(job_id: str, _: Admin, runtime: Running) -> Job:
    """Ends a job: a waiting or paused one at once, a running one after the batch under way."""
    runtime.worker.cancel(job_id)
    return Job.of(runtime.worker.get(job_id))


async def _states(runtime: Runtime, job_id: str) -> AsyncIterator[ServerSentEvent]:
    moves = runtime.worker.watch(job_id, idle_s=5)
    while (
        job := await anyio.to_thread.run_sync(next, moves, None, limiter=_watchers())
    ) is not None:
        yield ServerSentEvent(Job.of(job).model_dump_json(), event="job")


@cache
def _watchers() -> anyio.CapacityLimiter:
    """Threads of their own: a watcher mostly waits, which must not take requests their threads."""
    return anyio.CapacityLimiter(32)
