"""A small server that plays the HTTP contract, for what a real server does only by accident.

Slow streams that go on one event at a time, broken connections, refused keys, documents full of
HTML: the page's own tests need them at will. The pages come from `api/web`, with the strict
policy that the product sends; `require-trusted-types-for` makes the browser itself refuse any
string that would be parsed as HTML.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, Response, StreamingResponse
from fastapi.staticfiles import StaticFiles
from starlette.middleware.base import RequestResponseEndpoint

from tests.api.web.company import ANSWERS, DOCUMENTS, Document, answer_for, passages_for
from tests.repository import ROOT

WEB = ROOT / "api" / "web"
POLICY = "default-src 'self'; require-trusted-types-for 'script'"
KEY = "fn_correct-key"


@dataclass
class Contract:
    """What the server is told to do, and what it saw. Reset for each test.

    `open_door`: no key is needed. `stepwise`: a stream waits for `step()` before each event.
    `breaks`: the stream ends after the tokens. `problem`: what `/v1/ask` refuses with.
    """

    open_door: bool = True
    stepwise: bool = False
    breaks: bool = False
    problem: dict[str, Any] | None = None
    stream_problem: dict[str, Any] | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    feedback: list[dict[str, Any]] = field(default_factory=list)
    conversations: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    hung_up: threading.Event = field(default_factory=threading.Event)
    live_versions: dict[str, int] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    examples: dict[str, list[str]] = field(
        default_factory=lambda: {
            "en": ["How many days of annual leave do I have?"],
            "zh": ["出差住宿报销标准是多少？"],
        }
    )


class ContractServer:
    """The server in a thread of its own; `url` is where it listens."""

    def __init__(self) -> None:
        self.state = Contract()
        self._steps = asyncio.Semaphore(0)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._started = threading.Event()
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(build(self), log_level="error", lifespan="off", ws="none")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        if not self._started.wait(20):
            raise RuntimeError("the contract server did not start within 20 s")

    def _run(self) -> None:
        async def serve() -> None:
            self._loop = asyncio.get_running_loop()
            self._started.set()
            await self._server.serve(sockets=[self._socket])

        asyncio.run(serve())

    def reset(self) -> Contract:
        """A fresh state, for the next test."""
        self.state = Contract()
        self._steps = asyncio.Semaphore(0)
        return self.state

    def step(self, events: int = 1) -> None:
        """Lets a stepwise stream send that many more events."""
        assert self._loop is not None
        for _ in range(events):
            self._loop.call_soon_threadsafe(self._steps.release)

    async def wait_for_step(self) -> None:
        if self.state.stepwise:
            await self._steps.acquire()

    def close(self) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(20)
        self._socket.close()


def _problem(status: int, title: str, detail: str) -> JSONResponse:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JSONResponse(body, status, media_type="application/problem+json")


def _sse(event: str, data: Any) -> bytes:
    text = json.dumps(data, ensure_ascii=False)
    return f"event: {event}\r\ndata: {text}\r\n\r\n".encode()


def build(server: ContractServer) -> FastAPI:
    """The application: the contract of the HTTP API, as far as the page uses it."""
    app = FastAPI()
    _guard(app, server)
    _pages(app)
    _asking(app, server)
    _documents(app, server)
    _conversations(app, server)
    return app


def _guard(app: FastAPI, server: ContractServer) -> None:
    @app.middleware("http")
    async def guard(request: Request, call_next: RequestResponseEndpoint) -> Response:
        allowed = (
            not request.url.path.startswith("/v1/")
            or server.state.open_door
            or request.headers.get("Authorization") == f"Bearer {KEY}"
        )
        refusal = _problem(401, "Unauthorized", "Send a valid API key as a bearer token.")
        response = await call_next(request) if allowed else refusal
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def _pages(app: FastAPI) -> None:
    app.mount("/web", StaticFiles(directory=WEB))

    @app.get("/")
    @app.get("/d/{document_id}")
    def page() -> FileResponse:
        return FileResponse(WEB / "index.html")


def _asking(app: FastAPI, server: ContractServer) -> None:
    @app.get("/v1/me")
    def me() -> dict[str, Any]:
        return {"id": "u1", "name": "Mara Lindqvist", "role": "employee", "groups": ["everyone"]}

    @app.get("/v1/examples")
    def examples(language: str) -> dict[str, Any]:
        questions = server.state.examples.get(language, [])
        return {"examples": [{"question": one, "language": language} for one in questions]}

    @app.get("/v1/sources")
    def sources() -> dict[str, Any]:
        return {"sources": [{"name": name} for name in ("handbook", "finance", "engineering")]}

    @app.post("/v1/ask")
    async def ask(request: Request) -> Response:
        state = server.state
        body = await request.json()
        state.asked.append(body)
        if state.problem:
            return _problem(**state.problem)
        conversation = body.get("conversation_id") or f"conv_{len(state.conversations) + 1}"
        answer = answer_for(body["question"], conversation, len(state.asked))
        stream = _stream(server, answer, conversation)
        return StreamingResponse(stream, media_type="text/event-stream; charset=utf-8")

    @app.post("/v1/feedback", status_code=204)
    async def feedback(request: Request) -> None:
        server.state.feedback.append(await request.json())


async def _stream(
    server: ContractServer, answer: dict[str, Any], conversation: str
) -> AsyncIterator[bytes]:
    state = server.state
    done = False
    try:
        async for chunk in _events(server, answer):
            yield chunk
        done = True
    finally:
        if done and not state.breaks:
            state.conversations.setdefault(conversation, []).append(answer)
        elif not done:
            state.hung_up.set()


async def _events(server: ContractServer, answer: dict[str, Any]) -> AsyncIterator[bytes]:
    state = server.state
    await server.wait_for_step()
    yield _sse("status", {"stage": "retrieving"})
    await server.wait_for_step()
    yield b": ping\r\n\r\n" + _sse("passages", {"results": passages_for(answer)})
    yield _sse("status", {"stage": "composing"})
    if state.stream_problem:
        yield _sse("error", state.stream_problem)
        return
    words = answer["text"].split(" ")
    for index, word in enumerate(words):
        await server.wait_for_step()
        piece = _sse("token", {"text": word if index == 0 else f" {word}"})
        # Cut where it hurts: in the middle of a character as well as of a line.
        middle = len(piece) // 2
        yield piece[:middle]
        yield piece[middle:]
    if state.breaks:
        return
    await server.wait_for_step()
    yield _sse("status", {"stage": "checking"})
    await server.wait_for_step()
    yield _sse("answer", answer)


def _documents(app: FastAPI, server: ContractServer) -> None:
    def find(document_id: str) -> Document | None:
        return None if document_id in server.state.gone else DOCUMENTS.get(document_id)

    missing = _problem(404, "Not found", "This document does not exist, or you may not read it.")

    @app.get("/v1/documents/{document_id}")
    def document(document_id: str) -> Response:
        found = find(document_id)
        if found is None:
            return missing
        live = server.state.live_versions.get(document_id, max(found.versions))
        return JSONResponse({**found.metadata(), "version": live})

    @app.get("/v1/documents/{document_id}/text")
    def text(document_id: str, version: int | None = None) -> Response:
        found = find(document_id)
        live = server.state.live_versions.get(document_id)
        wanted = version or live or max(found.versions if found else [0])
        if found is None or wanted not in found.versions:
            return missing
        return JSONResponse(found.body(wanted))

    @app.get("/v1/documents/{document_id}/file")
    def file(document_id: str) -> Response:
        found = find(document_id)
        return missing if found is None else Response(found.original(), media_type=found.media_type)


def _conversations(app: FastAPI, server: ContractServer) -> None:
    @app.get("/v1/conversations")
    def conversations() -> dict[str, Any]:
        known = server.state.conversations
        rows = [
            {"id": key, "title": turns[0]["question"], "updated_at": "2026-11-20T09:30:00Z"}
            for key, turns in reversed(known.items())
        ]
        return {"conversations": rows}

    @app.get("/v1/conversations/{key}")
    def conversation(key: str) -> Response:
        turns = server.state.conversations.get(key)
        if turns is None:
            return _problem(404, "Not found", "This conversation does not exist.")
        return JSONResponse({"id": key, "title": turns[0]["question"], "turns": turns})

    @app.delete("/v1/conversations/{key}", status_code=204)
    def delete(key: str) -> None:
        del server.state.conversations[key]

    @app.get("/v1/conversations/{key}/export")
    def export(key: str, format: str) -> Response:
        turns = server.state.conversations[key]
        if format == "json":
            return JSONResponse(turns)
        text = "\n".join(f"# {turn['question']}\n\n{turn['text']}" for turn in turns)
        return Response(text, media_type=f"text/{format}")


__all__ = ["ANSWERS", "KEY", "Contract", "ContractServer"]
