"""Refusals and failures in OpenAI's words."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from api.errors import Refusal, problem_of
from assistant.errors import BadQuestion

_log = structlog.get_logger(__name__)


class OpenAiError(Exception):
    """A refusal in OpenAI's words: `param` names the field, `code` the kind."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.param = param
        self.code = code or {401: "invalid_api_key", 429: "rate_limit_exceeded"}.get(status)
        self.headers = headers

    def body(self) -> dict[str, Any]:
        """As it is sent."""
        kinds = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
        other = "invalid_request_error" if self.status < 500 else "server_error"
        kind = kinds.get(self.status, other)
        body = {"message": str(self), "type": kind, "param": self.param, "code": self.code}
        return {"error": body}


class OpenAiRoute(APIRoute):
    """A route whose failures, those of signing in included, have OpenAI's shape."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with every error turned into a response."""
        handler = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                return await handler(request)
            except Exception as exc:
                error = error_of(exc)
                return JSONResponse(error.body(), error.status, headers=error.headers)

        return guarded


def error_of(exc: Exception) -> OpenAiError:
    """The error in OpenAI's words; one that is unexpected keeps its own words to itself."""
    if isinstance(exc, OpenAiError):
        return exc
    if isinstance(exc, RequestValidationError):
        fault = exc.errors()[0]
        param = ".".join(str(part) for part in fault["loc"][1:]) or None
        return OpenAiError(400, f"{param or 'the body'}: {fault['msg']}", param=param)
    if isinstance(exc, BadQuestion):
        return OpenAiError(400, str(exc), param="messages")
    if isinstance(exc, HTTPException):
        return OpenAiError(exc.status_code, str(exc.detail), headers=exc.headers)
    known = problem_of(exc)
    if known["status"] >= 500:
        _log.error("a chat completion failed", exc_info=exc)
    headers = exc.headers if isinstance(exc, Refusal) else None
    return OpenAiError(known["status"], known["detail"], headers=headers)
