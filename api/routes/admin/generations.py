"""Generations of the index: building another one beside the live one, switching, dropping."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from pydantic import ValidationError

from api.auth import Admin, Running
from api.errors import Refusal
from api.routes.requests import GenerationIn
from assistant.conversation.answer_json import time_text
from ingest.store.catalogue import generations
from ingest.store.catalogue.generations import Generation

router = APIRouter(prefix="/v1/admin/generations", tags=["admin"])


def generation_json(one: Generation, waiting: int) -> dict[str, Any]:
    """A generation as sent; `waiting` documents are not in it yet."""
    return {
        "id": one.id,
        "state": one.state.value,
        "recipe": one.recipe.to_json(),
        "documents_waiting": waiting,
        "created_at": time_text(one.created_at),
        "switched_at": time_text(one.switched_at),
    }


@router.get("")
def list_generations(_: Admin, runtime: Running) -> dict[str, Any]:
    """Every generation, oldest first; `outdated` says that the settings ask for another."""
    with runtime.library.catalogue.read() as connection:
        found = [
            generation_json(one, generations.count_waiting(connection, one.id))
            for one in generations.every(connection)
        ]
    return {"generations": found, "outdated": runtime.library.outdated}


@router.post("", status_code=202)
def build_generation(
    _: Admin, runtime: Running, response: Response, body: GenerationIn | None = None
) -> dict[str, Any]:
    """Builds a generation in the background and switches to it when it is whole."""
    changes = (body or GenerationIn()).model_dump(exclude_none=True)
    try:
        made = runtime.library.begin_generation(**changes)
    except ValidationError as exc:
        said = "; ".join(one["msg"].removeprefix("Value error, ") for one in exc.errors())
        raise Refusal(422, said) from exc
    return _submitted(made.id, runtime, response)


@router.post("/{number}/switch", status_code=202)
def switch_generation(
    number: int, _: Admin, runtime: Running, response: Response
) -> dict[str, Any]:
    """Brings a generation up to date and switches to it."""
    return _submitted(number, runtime, response)


@router.delete("/{number}", status_code=204)
def drop_generation(number: int, _: Admin, runtime: Running) -> None:
    """Forgets a generation that is not live, and frees its place."""
    runtime.worker.drop_generation(number)


def _submitted(number: int, runtime: Running, response: Response) -> dict[str, Any]:
    job = runtime.worker.submit_generation(number)
    response.headers["Location"] = f"/v1/admin/jobs/{job.id}"
    return {"generation": number, "job_id": job.id}
