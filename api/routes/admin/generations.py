"""Generations of the index: building another one beside the live one, switching, dropping."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import ValidationError

from api.auth import Admin, Running
from api.errors import Refusal
from api.routes.bodies.generations import (
    Generation,
    GenerationIn,
    GenerationList,
    GenerationSubmitted,
)
from api.routes.refusals import refuses
from ingest.store import overview

router = APIRouter(prefix="/v1/admin/generations", tags=["admin: index"])


@router.get("")
def list_generations(_: Admin, runtime: Running) -> GenerationList:
    """Every generation, oldest first; `outdated` says that the settings ask for another."""
    found = overview.every_generation(runtime.library.catalogue)
    return GenerationList(
        generations=[Generation.of(one) for one in found], outdated=runtime.library.outdated
    )


@router.post("", status_code=202, responses=refuses(409, 503))
def build_generation(
    _: Admin, runtime: Running, response: Response, body: GenerationIn | None = None
) -> GenerationSubmitted:
    """Builds a generation in the background and switches to it when it is whole."""
    changes = (body or GenerationIn()).model_dump(exclude_none=True)
    try:
        made = runtime.library.begin_generation(**changes)
    except ValidationError as exc:
        said = "; ".join(one["msg"].removeprefix("Value error, ") for one in exc.errors())
        raise Refusal(422, said) from exc
    return _submitted(made.id, runtime, response)


@router.post("/{number}/switch", status_code=202, responses=refuses(404, 409, 503))
def switch_generation(
    number: int, _: Admin, runtime: Running, response: Response
) -> GenerationSubmitted:
    """Brings a generation up to date and switches to it."""
    return _submitted(number, runtime, response)


@router.delete("/{number}", status_code=204, responses=refuses(404, 409, 503))
def drop_generation(number: int, _: Admin, runtime: Running) -> None:
    """Forgets a generation that is not live, and frees its place."""
    runtime.worker.drop_generation(number)


def _submitted(number: int, runtime: Running, response: Response) -> GenerationSubmitted:
    job = runtime.worker.submit_generation(number)
    response.headers["Location"] = f"/v1/admin/jobs/{job.id}"
    return GenerationSubmitted(generation=number, job_id=job.id)
