"""A real web site on this machine whose pages a test changes as it likes."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass
class Answer:
    """What an address answers; an `etag` makes it answer 304 to who knows it already."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: str = ""


@dataclass
class Site:
    """A served site: `pages` by path with query; `asked` are the requests in their order."""

    url: str
    pages: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, int]] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)

    def page(self, path: str, html: str, *links: str, etag: str = "", **headers: str) -> None:
        """Puts an HTML page there, with links."""
        anchors = "".join(f'<a href="{link}">more</a>' for link in links)
        body = f"<html><title>{path}</title><body><h1>{path}</h1><p>{html}</p>{anchors}</body>"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        given = {"Content-Type": "text/html; charset=utf-8", **named}
        self.pages[path] = Answer(body.encode(), 200, given, etag)

    def fetched(self) -> list[str]:
        """Paths that were asked for since the last call, robots.txt apart."""
        paths = [path for path, _ in self.asked if path != "/robots.txt"]
        self.asked.clear()
        return paths


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a client went away."""


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[Site]:
    """An empty site, on a free port of 127.0.0.1; over TLS with a certificate and its key."""
    site = Site("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            answer = site.pages.get(self.path, Answer(b"not here", 404))
            status, body = answer.status, answer.body
            if answer.etag and self.headers.get("If-None-Match") == answer.etag:
                status, body = 304, b""
            site.asked.append((self.path, status))
            site.agents.add(self.headers.get("User-Agent", ""))
            self.send_response(status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.etag:
                self.send_header("ETag", answer.etag)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    server = _Server(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        # Each handshake is its own thread's affair, and who breaks it off is forgotten there.
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    scheme = "http" if certificate is None else "https"
    site.url = f"{scheme}://127.0.0.1:{server.server_port}"
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
