"""The command line's way to the index: over HTTP, to the running server or to one of its own.

Two processes never open the same index. If a server is running on this home folder, commands talk
to it; otherwise they start one inside this process, on a free loopback port, for as long as the
command takes. Either way there is one path through the product.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from api.settings import Settings

_RUNNING = "server.json"


class ApiError(Exception):
    """The server refused; the message says why and what to do."""


class Client:
    """Calls of the HTTP contract, as an admin of this machine."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self._http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(30, read=None),
            trust_env=False,
        )

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The JSON of an answer, None for an empty one.

        Raises:
            ApiError: the server refused, with its own reason.
        """
        try:
            answer = self._http.request(method, path, json=body, params=query or None)
        except httpx.HTTPError as exc:
            raise ApiError(f"the server at {self.url} does not answer ({exc})") from exc
        if answer.is_error:
            raise ApiError(_reason(answer))
        return answer.json() if answer.content else None

    def events(
        self, method: str, path: str, body: Any = None
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Server-sent events as (name, data).

        Raises:
            ApiError: the server refused, or an `error` event came.
        """
        headers = {"Accept": "text/event-stream"}
        with self._http.stream(method, path, json=body, headers=headers) as answer:
            if answer.is_error:
                answer.read()
                raise ApiError(_reason(answer))
            name, data = "", ""
            for line in answer.iter_lines():
                if line.startswith("event:"):
                    name = line[6:].strip()
                elif line.startswith("data:"):
                    data += line[5:].strip()
                elif not line and data:
                    event = json.loads(data)
                    if name == "error":
                        raise ApiError(str(event.get("detail") or event.get("title")))
                    yield name, event
                    name, data = "", ""

    def download(self, method: str, path: str, target: Path) -> None:
        """Saves an answer's body as a file, which is wholly there or not at all.

        Raises:
            ApiError: the server refused, or the file cannot be written.
        """
        half = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            with self._http.stream(method, path) as answer:
                if answer.is_error:
                    answer.read()
                    raise ApiError(_reason(answer))
                with half.open("wb") as file:
                    for part in answer.iter_bytes():
                        file.write(part)
                    file.flush()
                    os.fsync(file.fileno())
            half.replace(target)
        except httpx.HTTPError as exc:
            raise ApiError(f"the server at {self.url} broke off ({exc})") from exc
        except OSError as exc:
            raise ApiError(f"{target} cannot be written ({exc.strerror or exc})") from exc
        finally:
            half.unlink(missing_ok=True)

    def acting_as(self, groups: list[str]) -> Client:
        """A client with the rights of an employee in `groups`; `forget` it afterwards."""
        made = self.call(
            "POST",
            "/v1/admin/keys",
            {"name": "command line, acting", "role": "employee", "groups": groups},
        )
        other = Client(self.url, made["key"])
        other.key_id = made["id"]
        return other

    key_id: str | None = None

    def forget(self, other: Client) -> None:
        """Takes back the key of a client made by `acting_as`."""
        self.call("DELETE", f"/v1/admin/keys/{other.key_id}")
        other.close()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()


@contextmanager
def connect(settings: Settings) -> Iterator[Client]:
    """A client of the running server, or of one that lives as long as the block.

    Raises:
        HomeLocked: another process that is no server has the index open.
    """
    known = running(settings.home)
    if known is not None:
        client = Client(known["url"], known["token"])
        try:
            yield client
        finally:
            client.close()
        return
    with _own_server(settings) as client:
        yield client


def running(home: Path) -> Mapping[str, str] | None:
    """Where the server of this home folder listens, None if none is running.

    A file left by a killed server is recognised, because nobody there knows its token.
    """
    try:
        known = json.loads((home / _RUNNING).read_text(encoding="utf-8"))
        answer = httpx.get(
            f"{known['url']}/v1/me",
            headers={"Authorization": f"Bearer {known['token']}"},
            timeout=5,
            trust_env=False,
        )
    except (OSError, ValueError, KeyError, TypeError, httpx.HTTPError):
        return None
    return known if answer.is_success else None


@contextmanager
def announced(home: Path, url: str, token: str) -> Iterator[None]:
    """Tells commands on this machine, and of this user only, where the server is."""
    path = home / _RUNNING
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"url": url, "token": token}, file)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _own_server(settings: Settings) -> Iterator[Client]:
    import uvicorn

    from api.app import create_app
    from api.runtime import Runtime

    token = secrets.token_urlsafe(32)
    runtime = Runtime(settings, local_token=token, scheduled=False)
    try:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.bind(("127.0.0.1", 0))
        listener.listen()  # whoever comes before the server is up waits
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            create_app(runtime), log_config=None, ws="none", timeout_graceful_shutdown=5
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), name="server")
        thread.start()
        client = Client(url, token)
        try:
            yield client
        finally:
            client.close()
            server.should_exit = True
            thread.join()
            listener.close()
    finally:
        runtime.close()


def _reason(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
        return str(problem.get("detail") or problem.get("title"))
    except (ValueError, AttributeError):
        return f"the server answered {answer.status_code}"
