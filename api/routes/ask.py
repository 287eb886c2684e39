"""POST /v1/ask: the answer whole, or as it comes to be."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from typing import Any

import anyio
import structlog
from fastapi import APIRouter, Request, Response
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.responses import JSONResponse

from api.auth import Asker, Running
from api.errors import problem_of
from api.models import AskIn
from api.runtime import Runtime
from assistant.types import (
    Event,
    PassagesEvent,
    Principal,
    Question,
    StatusEvent,
    TokenEvent,
)
from assistant.wire import answer_to_json, passage_to_json
from ingest.language import language_of

router = APIRouter(prefix="/v1", tags=["asking"])

_log = structlog.get_logger(__name__)


@router.post("/ask", response_model=None)
async def ask(body: AskIn, request: Request, asker: Asker, runtime: Running) -> Response:
    """The answer to a question, every statement with its footnotes.

    With `Accept: text/event-stream` the events `status`, `passages`, `token`, `answer` and
    `error`; else the `answer` alone.
    """
    question = Question(
        text=body.question,
        language=language_of(body.question),
        conversation_id=body.conversation_id,
        filters=body.filters.as_filters(),
        mode=body.mode,
    )
    if "text/event-stream" in request.headers.get("accept", ""):
        return EventSourceResponse(_stream(runtime, question, asker), ping=15)
    answer = await anyio.to_thread.run_sync(runtime.assistant.ask, question, asker)
    return JSONResponse(answer_to_json(answer))


async def _stream(
    runtime: Runtime, question: Question, asker: Principal
) -> AsyncIterator[ServerSentEvent]:
    """Events from the blocking generator, which runs in a thread and ends with the connection."""
    send, receive = anyio.create_memory_object_stream[Event | Exception](64)
    gone = threading.Event()

    def produce() -> None:
        try:
            with closing(runtime.assistant.stream(question, asker)) as events:
                for event in events:
                    if gone.is_set():
                        break
                    anyio.from_thread.run(send.send, event)
        except Exception as exc:  # the border of a stream: it ends with an `error` event
            if not gone.is_set():
                anyio.from_thread.run(send.send, exc)
        finally:
            anyio.from_thread.run_sync(send.close)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(anyio.to_thread.run_sync, produce)
        try:
            async with receive:
                async for event in receive:
                    yield _sse(event)
        finally:
            gone.set()


def _sse(event: Event | Exception) -> ServerSentEvent:
    if isinstance(event, Exception):
        told = problem_of(event)
        if told["status"] == 500:
            _log.error("a stream failed", error=type(event).__name__, exc_info=event)
        return _event("error", told)
    if isinstance(event, StatusEvent):
        return _event("status", {"stage": event.stage})
    if isinstance(event, PassagesEvent):
        return _event("passages", {"results": [passage_to_json(one) for one in event.passages]})
    if isinstance(event, TokenEvent):
        return _event("token", {"text": event.text})
    return _event("answer", answer_to_json(event.answer))


def _event(name: str, data: dict[str, Any]) -> ServerSentEvent:
    return ServerSentEvent(json.dumps(data, ensure_ascii=False), event=name)
