"""Sources: folders and other places that the index is kept true to."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.auth import Admin, Running
from api.errors import Refusal
from api.routes.bodies.jobs import Submitted
from api.routes.bodies.sources import Source, SourceIn, SourceList, SourceWithTimes, SyncIn
from api.routes.refusals import refuses
from ingest.jobs.schedule import NOTHING_AHEAD
from ingest.store import overview
from ingest.store.catalogue.sources import UPLOADS

router = APIRouter(prefix="/v1/admin/sources", tags=["admin: sources"])


@router.get("")
def list_sources(_: Admin, runtime: Running) -> SourceList:
    """Every source."""
    return SourceList(
        sources=[
            _with_times(one, runtime) for one in overview.every_source(runtime.library.catalogue)
        ]
    )


@router.post("", status_code=201, responses=refuses(503))
def save_source(body: SourceIn, _: Admin, runtime: Running) -> Source:
    """Adds or changes a source; changed access rules hold from this moment on."""
    if body.name == UPLOADS:
        raise Refusal(422, f"the name {UPLOADS!r} is kept for uploaded documents; choose another")
    runtime.library.save_source(body.as_source())
    return _as_it_is(body.name, runtime)


@router.delete("/{name}", status_code=204, responses=refuses(404, 503))
def remove_source(name: str, _: Admin, runtime: Running) -> None:
    """Ends a source's jobs and forgets it; its documents are gone from every answer at once."""
    runtime.worker.remove_source(name)


@router.post("/{name}/pause", responses=refuses(404, 503))
def pause_source(name: str, _: Admin, runtime: Running) -> Source:
    """Lets a source rest: its jobs wait, a running one stops after the batch under way."""
    runtime.worker.pause(name)
    return _as_it_is(name, runtime)


@router.post("/{name}/resume", responses=refuses(404, 503))
def resume_source(name: str, _: Admin, runtime: Running) -> Source:
    """A paused source's jobs go on where they were."""
    runtime.worker.resume(name)
    return _as_it_is(name, runtime)


@router.post("/{name}/sync", status_code=202, responses=refuses(404, 503))
def start_sync(
    name: str, _: Admin, runtime: Running, response: Response, body: SyncIn | None = None
) -> Submitted:
    """Queues a sync; with `dry_run` the job only holds the plan."""
    options = body or SyncIn()
    job = runtime.worker.submit(
        name,
        dry_run=options.dry_run,
        force=options.force,
        allow_mass_delete=options.allow_mass_delete,
        reconcile=options.reconcile,
    )
    response.headers["Location"] = f"/v1/admin/jobs/{job.id}"
    return Submitted(job_id=job.id)


def _as_it_is(name: str, runtime: Running) -> Source:
    return Source.of(overview.source(runtime.library.catalogue, name))


def _with_times(one: overview.SourceAsItIs, runtime: Running) -> SourceWithTimes:
    """A source with when it was looked at, and when it will be."""
    schedule = runtime.schedule
    outlook = schedule.outlook(one.timing.source.name) if schedule else NOTHING_AHEAD
    return SourceWithTimes.as_it_is(one, outlook)
