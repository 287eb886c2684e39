"""A local server that speaks `/v1/embeddings`, for the real client."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np


@contextmanager
def embedding_endpoint(status: int = 200, dimensions: int = 8) -> Iterator[tuple[str, list[int]]]:
    """Gives its URL and the sizes of the batches that it was sent; answers with `status`."""
    batches: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            batches.append(len(body["input"]))
            data = [
                {"object": "embedding", "index": i, "embedding": _vector(text, dimensions)}
                for i, text in enumerate(body["input"])
            ]
            reply = json.dumps(
                {"object": "list", "model": body["model"], "data": data, "usage": {}}
                if status == 200
                else {"error": {"message": "no"}}
            ).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", batches
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _vector(text: str, dimensions: int) -> list[float]:
    seed = sum(text.encode()) + len(text)
    return [float(x) for x in np.random.default_rng(seed).normal(size=dimensions)]
