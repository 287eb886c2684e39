"""POST /v1/ask: the answer whole, or as it comes to be."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Generator
from typing import Any

import anyio
import structlog
from fastapi import APIRouter, Request, Response
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.responses import JSONResponse

from api.auth import Caller, Running
from api.errors import problem_of
from api.routes.bodies.answers import Answer
from api.routes.bodies.asking import AskIn
from api.routes.refusals import refuses
from api.routes.streams import events
from assistant.conversation.answer_json import answer_to_json, passage_to_json
from assistant.types import (
    Event,
    PassagesEvent,
    Question,
    StatusEvent,
    TokenEvent,
)
from ingest.text.language import language_of

router = APIRouter(prefix="/v1", tags=["asking"])

_log = structlog.get_logger(__name__)

_EVENTS = events(
    "The answer as it comes to be, with `Accept: text/event-stream`. The last event is `answer`, "
    "or `error` where something went wrong on the way.",
    status="StatusEvent",
    passages="SearchResults",
    token="TokenEvent",
    answer="Answer",
    error="Problem",
)


# The answer's JSON is made once, by `answer_to_json`; tests hold it to the model.
@router.post(
    "/ask",
    response_model=Answer,
    responses={200: {"content": {"text/event-stream": _EVENTS}}, **refuses(404, 503)},
)
async def ask(body: AskIn, request: Request, asker: Caller, runtime: Running) -> Response:
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
        return EventSourceResponse(_stream(runtime.assistant.stream(question, asker)), ping=15)
    answer = await anyio.to_thread.run_sync(runtime.assistant.ask, question, asker)
    return JSONResponse(answer_to_json(answer))


async def _stream(events: Generator[Event, None, None]) -> AsyncIterator[ServerSentEvent]:
    """Events of the blocking generator, a thread for each step; it is closed with the connection.

    A step under way when the reader leaves is waited for: a thread cannot be stopped.
    """
    try:
        while (event := await anyio.to_thread.run_sync(next, events, None)) is not None:
            yield _sse(event)
    except Exception as exc:  # the border of a stream: it ends with an `error` event
        yield _sse(exc)
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(events.close)


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
