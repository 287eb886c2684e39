"""A local server that speaks OpenAI's chat completions, scripted by the test.

It stands in for a language model's endpoint and is driven over real HTTP by the real client:
a queue of replies, a history of requests, and the faults that endpoints have. Without a queued
reply it answers with `default`.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """What one request gets.

    `text` is streamed in `pieces` (or in runs of `piece_size` characters). `status` other than
    200 sends an error body with `message` and `code`. `cut_after` closes the connection after so
    many pieces; `stalls_after` sends nothing more after so many, until the client hangs up;
    `raw` is sent instead of a well-formed body; `hold_before` waits, before any byte, until the
    test sets the event (or `release_s` has passed); `keepalives` sends SSE comments for as long
    as the client listens. `usage` False leaves out the token counts. `streams` False answers a
    streaming request with one JSON body.
    """

    text: str = ""
    pieces: tuple[str, ...] = ()
    piece_size: int = 3
    status: int = 200
    message: str = "scripted failure"
    code: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    stalls_after: int | None = None
    raw: bytes | None = None
    hold_before: threading.Event | None = None
    release_s: float = 20.0
    keepalives: bool = False
    usage: bool = True
    streams: bool = True
    finish: str = "stop"

    def split(self) -> tuple[str, ...]:
        """The pieces in which the text is streamed."""
        if self.pieces:
            return self.pieces
        size = self.piece_size
        return tuple(self.text[at : at + size] for at in range(0, len(self.text), size))

    @property
    def whole(self) -> str:
        """The text in one piece."""
        return "".join(self.split())


Answering = Callable[[dict[str, Any]], Reply]


class LlmServer:
    """The server's script and record; `base_url` is what a client is given."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.default: Reply | Answering = Reply("This is so [1].")
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self._queue: deque[Reply] = deque()
        self._lock = threading.Lock()
        self._connections = 0
        self._changed = threading.Condition(self._lock)

    def connected(self, more: int) -> None:
        """A connection was opened (1) or has ended (-1)."""
        with self._changed:
            self._connections += more
            self._changed.notify_all()

    def has_connections(self, count: int, within_s: float = 20.0) -> bool:
        """Whether exactly so many connections are open, or are before the time has passed."""
        with self._changed:
            return self._changed.wait_for(lambda: self._connections == count, within_s)

    def reply(self, *replies: Reply | str) -> None:
        """Queues replies for the next requests, in order."""
        with self._lock:
            self._queue.extend(Reply(one) if isinstance(one, str) else one for one in replies)

    def fail(self, status: int, message: str = "scripted failure", **more: Any) -> None:
        """Queues an error."""
        self.reply(Reply(status=status, message=message, **more))

    @property
    def waiting(self) -> int:
        """Queued replies that nobody has fetched."""
        return len(self._queue)

    def prompt(self, index: int = -1) -> str:
        """All message contents of one request, joined."""
        return "\n".join(message["content"] for message in self.requests[index]["messages"])

    def take(self, request: dict[str, Any], headers: dict[str, str]) -> Reply:
        """Records a request and hands out its reply."""
        with self._lock:
            self.requests.append(request)
            self.headers.append(headers)
            if self._queue:
                return self._queue.popleft()
            default = self.default
        return default if isinstance(default, Reply) else default(request)


@contextmanager
def running_llm_server() -> Iterator[LlmServer]:
    """A server on a free local port, stopped at the end."""

    class Handler(_Handler):
        pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    server = LlmServer(f"http://127.0.0.1:{httpd.server_address[1]}/v1")
    Handler.server_state = server
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_state: LlmServer

    def setup(self) -> None:
        super().setup()
        self.server_state.connected(1)

    def finish(self) -> None:
        super().finish()
        self.server_state.connected(-1)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on standard error."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        reply = self.server_state.take(body, {k.lower(): v for k, v in self.headers.items()})
        if not self.path.endswith("/chat/completions"):
            reply = Reply(status=404, message=f"no route {self.path}")
        if reply.hold_before is not None:
            reply.hold_before.wait(reply.release_s)
        try:
            self._answer(body, reply)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _answer(self, body: dict[str, Any], reply: Reply) -> None:
        if reply.status != 200:
            error = {"message": reply.message, "type": "scripted", "code": reply.code}
            self._body(reply, json.dumps({"error": error}).encode())
        elif reply.raw is not None:
            self._body(reply, reply.raw)
        elif body.get("stream") and reply.streams:
            self._stream(body, reply)
        else:
            self._body(reply, json.dumps(self._completion(body, reply)).encode())

    def _body(self, reply: Reply, data: bytes) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, body: dict[str, Any], reply: Reply) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        never = threading.Event()
        while reply.keepalives:
            self.wfile.write(b": still here\n\n")
            self.wfile.flush()
            never.wait(0.02)
        self._event(self._chunk(body, {"role": "assistant", "content": ""}))
        for sent, piece in enumerate(reply.split()):
            if sent == reply.cut_after:
                return
            if sent == reply.stalls_after:
                self.connection.recv(1)  # ends when the client hangs up
                return
            self._event(self._chunk(body, {"content": piece}))
        self._event(self._chunk(body, {}, finish=reply.finish))
        if reply.usage and (body.get("stream_options") or {}).get("include_usage"):
            self._event({**self._chunk(body, {}), "choices": [], "usage": _usage(body, reply)})
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, data: dict[str, Any]) -> None:
        self.wfile.write(b"data: " + json.dumps(data).encode() + b"\n\n")
        self.wfile.flush()

    def _chunk(
        self, body: dict[str, Any], delta: dict[str, Any], finish: str | None = None
    ) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return {
            "id": "chatcmpl-scripted",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": body.get("model"),
            "choices": [choice],
        }

    def _completion(self, body: dict[str, Any], reply: Reply) -> dict[str, Any]:
        message = {"role": "assistant", "content": reply.whole}
        done = {
            "id": "chatcmpl-scripted",
            "object": "chat.completion",
            "created": 0,
            "model": body.get("model"),
            "choices": [{"index": 0, "message": message, "finish_reason": reply.finish}],
        }
        return {**done, "usage": _usage(body, reply)} if reply.usage else done


def _usage(body: dict[str, Any], reply: Reply) -> dict[str, int]:
    """Token counts that a test can foresee: words of the prompt, pieces of the reply."""
    prompt = sum(len(message["content"].split()) for message in body["messages"])
    completion = len(reply.split())
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
