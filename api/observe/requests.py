"""What happens around every request: guards on the answer, a number, a log line, a count.

Plain ASGI, so that a stream passes through untouched and ends with its connection.
"""

from __future__ import annotations

import time
import uuid

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import unforeseen
from api.observe.metrics import Metrics

POLICY = (
    "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; "
    "img-src 'self' blob: data:; require-trusted-types-for 'script'"
)
_GUARDS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_log = structlog.get_logger(__name__)


class Observed:
    """ASGI middleware; logs hold the route's pattern, never a path, which may name a document."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on; an error nobody planned for is answered here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = uuid.uuid4().hex[:12]
        status = 0

        async def guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _guard(MutableHeaders(scope=message), request_id, scope["path"])
            await send(message)

        try:
            with structlog.contextvars.bound_contextvars(request=request_id):
                await self._app(scope, receive, guarded)
        except Exception as exc:  # the border of a request: it ends with an answer and a log line
            answer = unforeseen(exc, _route(scope), request_id)
            if status == 0:
                await answer(scope, receive, guarded)
        finally:
            route = _route(scope)
            self._metrics.requests.labels(route, scope["method"], status).inc()
            _log.info(
                "request",
                request=request_id,
                method=scope["method"],
                route=route,
                status=status,
                ms=round(1000 * (time.perf_counter() - began), 1),
            )


def _guard(headers: MutableHeaders, request_id: str, path: str) -> None:
    for name, value in _GUARDS.items():
        headers.setdefault(name, value)
    headers["X-Request-Id"] = request_id
    if path.startswith("/v1/"):
        headers.setdefault("Cache-Control", "no-store")


def _route(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path", "unknown"))
