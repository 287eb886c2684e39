"""Every refusal as an RFC 9457 problem: what is wrong and what to do, never what is inside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from assistant import errors as assistant_errors
from ingest import errors as ingest_errors

STATUS_OF: Mapping[type[Exception], int] = {
    assistant_errors.AssistantError: 500,
    assistant_errors.BadQuestion: 422,
    assistant_errors.NoConversation: 404,
    assistant_errors.LlmError: 503,
    assistant_errors.Closing: 503,
    ingest_errors.IngestError: 500,
    ingest_errors.NotFound: 404,
    ingest_errors.SourceError: 422,
    ingest_errors.Stopped: 503,
    ingest_errors.ParseError: 422,
    ingest_errors.UnsupportedFormat: 415,
    ingest_errors.ParseLimit: 413,
    ingest_errors.EmbedError: 503,
    ingest_errors.CatalogueError: 503,
    ingest_errors.CannotWrite: 503,
    ingest_errors.BackupError: 503,
    ingest_errors.GenerationError: 409,
    ingest_errors.IndexCorrupt: 503,
    ingest_errors.HomeLocked: 503,
}
"""The one table from errors to status codes; a test holds it to the packages' error trees."""

_JSON = re.compile(r"application/([\w.-]+\+)?json\b", re.IGNORECASE)
INSIDE = "something went wrong inside the server"

_log = structlog.get_logger(__name__)


class Refusal(Exception):
    """A request that is refused by the HTTP layer itself."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})


def problem(status: int, detail: str) -> dict[str, Any]:
    """The body of a refusal."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }


def problem_of(exc: Exception) -> dict[str, Any]:
    """The problem that an error of ours or of anybody else is to the asker."""
    if isinstance(exc, Refusal):
        return problem(exc.status, exc.detail)
    for kind in type(exc).__mro__:
        status = STATUS_OF.get(kind)
        if status is not None and status != 500:
            return problem(status, str(exc))
    return problem(500, f"{INSIDE}; its log says more")


def unforeseen(exc: Exception, route: str, request_id: str) -> JSONResponse:
    """The answer to an error nobody planned for: logged here, and told only by its number."""
    _log.error("request failed", request=request_id, route=route, exc_info=exc)
    return _answer(problem(500, f"{INSIDE}; its log says more under request {request_id}"))


def install(app: FastAPI) -> None:
    """Makes every error that was planned for a problem; `unforeseen` is for the others."""

    async def on_refusal(_: Request, exc: Exception) -> JSONResponse:
        headers = exc.headers if isinstance(exc, Refusal) else None
        return _answer(problem_of(exc), headers)

    async def on_http(_: Request, exc: Exception) -> JSONResponse:
        assert isinstance(exc, HTTPException)
        detail = {
            404: "there is nothing at this address; /docs lists what there is",
            405: "this address does not take that method; /docs lists what there is",
        }.get(exc.status_code, str(exc.detail))
        return _answer(problem(exc.status_code, detail), exc.headers)

    async def on_invalid(request: Request, exc: Exception) -> JSONResponse:
        assert isinstance(exc, RequestValidationError)
        errors = exc.errors()
        sent = request.headers.get("content-type", "")
        whole = any(tuple(error["loc"]) == ("body",) for error in errors)
        if whole and exc.body and not _JSON.match(sent):
            return _answer(
                problem(415, "send JSON, with the header Content-Type: application/json")
            )
        broken = any(error["type"] == "json_invalid" for error in errors)
        said = "; ".join(_said(error) for error in errors[:10])
        return _answer(problem(400 if broken else 422, said))

    for kind in (Refusal, assistant_errors.AssistantError, ingest_errors.IngestError):
        app.add_exception_handler(kind, on_refusal)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_invalid)


def _answer(body: dict[str, Any], headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(
        body, body["status"], dict(headers or {}), media_type="application/problem+json"
    )


def _said(error: Any) -> str:
    """One validation error, naming the field."""
    if error["type"] == "json_invalid":
        return f"the body is not valid JSON: {error.get('ctx', {}).get('error', '')}"
    where = [str(part) for part in error["loc"]]
    if where and where[0] in ("body", "query", "path", "header"):
        where = where[1:]
    name = ".".join(where) or "the body"
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        message = "is not a field that this call knows"
    return f"{name}: {message}"
