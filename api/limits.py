"""How much a request may send: the limit holds while the body arrives, whatever it claims."""

from __future__ import annotations

import json

from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import problem

JSON_BYTES = 1_000_000
_UPLOADS = "/v1/admin/documents"


class _TooLarge(HTTPException):
    """Raised while a body is read; the framework passes HTTP exceptions on as they are."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, f"the body is larger than {limit} bytes; send less")


class LimitedBodies:
    """ASGI middleware: a larger body is answered with 413 and not read on."""

    def __init__(self, app: ASGIApp, upload_mb: int) -> None:
        self._app = app
        self._upload_bytes = upload_mb * 1_000_000 + 100_000  # the multipart frame comes on top

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, counting its body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._upload_bytes if scope["path"] == _UPLOADS else JSON_BYTES
        seen = 0
        started = False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise _TooLarge(limit)
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            if _claimed(scope) > limit:
                raise _TooLarge(limit)
            await self._app(scope, counted, watched)
        except _TooLarge as exc:
            if not started:
                await _refuse(send, exc.detail)


def _claimed(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


async def _refuse(send: Send, detail: str) -> None:
    body = json.dumps(problem(413, detail)).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
