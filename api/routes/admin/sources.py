"""Sources: folders and other places that the index is kept true to."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from api.auth import Admin, Running
from api.errors import Refusal
from api.routes.requests import SourceIn, SyncIn
from assistant.conversation.answer_json import time_text
from ingest.jobs.schedule import NOTHING_AHEAD
from ingest.store.catalogue import sources
from ingest.store.catalogue.access.classes import AccessRule
from ingest.store.catalogue.jobs import records
from ingest.store.catalogue.sources import UPLOADS, Source, Timing

router = APIRouter(prefix="/v1/admin/sources", tags=["admin"])


def source_json(source: Source) -> dict[str, Any]:
    """A source as sent."""
    return {
        "name": source.name,
        "path": source.path,
        "include": list(source.include),
        "exclude": list(source.exclude),
        "access": [
            {"pattern": rule.pattern, "groups": sorted(rule.groups)} for rule in source.access
        ],
        "owner": source.owner,
        "kind": source.kind,
        "options": dict(source.options),
        "watch": source.watch,
        "interval_s": source.interval_s,
        "paused": source.paused,
    }


@router.get("")
def list_sources(_: Admin, runtime: Running) -> dict[str, Any]:
    """Every source."""
    with runtime.library.catalogue.read() as connection:
        found = sources.timings(connection)
        errors = {one.source.name: records.last_error(connection, one.source.name) for one in found}
    return {
        "sources": [
            {**_with_times(one, runtime), "last_error": errors[one.source.name]} for one in found
        ]
    }


@router.post("", status_code=201)
def save_source(body: SourceIn, _: Admin, runtime: Running) -> dict[str, Any]:
    """Adds or changes a source; changed access rules hold from this moment on."""
    if body.name == UPLOADS:
        raise Refusal(422, f"the name {UPLOADS!r} is kept for uploaded documents; choose another")
    rules = tuple(AccessRule(one.pattern, frozenset(one.groups)) for one in body.access)
    source = Source(
        body.name,
        body.path,
        tuple(body.include),
        tuple(body.exclude),
        rules,
        body.owner,
        body.kind,
        body.options,
        body.watch,
        body.interval_s,
    )
    runtime.library.save_source(source)
    return _as_it_is(source.name, runtime)


@router.delete("/{name}", status_code=204)
def remove_source(name: str, _: Admin, runtime: Running) -> None:
    """Ends a source's jobs and forgets it; its documents are gone from every answer at once."""
    runtime.worker.remove_source(name)


@router.post("/{name}/pause")
def pause_source(name: str, _: Admin, runtime: Running) -> dict[str, Any]:
    """Lets a source rest: its jobs wait, a running one stops after the batch under way."""
    runtime.worker.pause(name)
    return _as_it_is(name, runtime)


@router.post("/{name}/resume")
def resume_source(name: str, _: Admin, runtime: Running) -> dict[str, Any]:
    """A paused source's jobs go on where they were."""
    runtime.worker.resume(name)
    return _as_it_is(name, runtime)


@router.post("/{name}/sync", status_code=202)
def sync_source(
    name: str, _: Admin, runtime: Running, response: Response, body: SyncIn | None = None
) -> dict[str, str]:
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
    return {"job_id": job.id}


def _as_it_is(name: str, runtime: Running) -> dict[str, Any]:
    with runtime.library.catalogue.read() as connection:
        return source_json(sources.get(connection, name))


def _with_times(one: Timing, runtime: Running) -> dict[str, Any]:
    """A source as sent, with when it was looked at, and when it will be."""
    schedule = runtime.schedule
    outlook = schedule.outlook(one.source.name) if schedule else NOTHING_AHEAD
    return {
        **source_json(one.source),
        "synced_at": time_text(one.synced_at),
        "reconciled_at": time_text(one.reconciled_at),
        "watching": outlook.watching,
        "unwatched_because": outlook.unwatched,
        "next_sync_in_s": outlook.next_look_s,
        "next_reconcile_in_s": outlook.next_reconcile_s,
    }
