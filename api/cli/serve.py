"""`footnote serve`: the server process from its first line to its last."""

from __future__ import annotations

import json
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import uvicorn

from api.app import create_app
from api.cli.client import ApiError, announced, running
from api.observe.logs import configure
from api.routes.bodies.sources import SourceIn
from api.runtime import Runtime
from api.settings import Settings, is_loopback
from ingest.store.catalogue.access.classes import AccessRule
from ingest.store.catalogue.sources import Source

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "access.json"
"""What `--sample` adds: the sample company of the source checkout that this file lies in."""


def run(settings: Settings, sample: Path | None) -> None:
    """Serves until it is told to stop; `sample` describes a source that is added and synced.

    Raises:
        ApiError: a server runs on this home folder already, the port is taken, or the sample is
            not there.
    """
    configure(settings.log_level, settings.log_format)
    known = running(settings.home)
    if known is not None:
        raise ApiError(f"a server runs on {settings.home} already, at {known['url']}")
    source = None if sample is None else read_sample(sample)
    signal.signal(signal.SIGTERM, _end)
    listener = _listen(settings)
    runtime = None
    try:
        runtime = Runtime(settings)
        port = listener.getsockname()[1]
        here = settings.host if is_loopback(settings.host) else "127.0.0.1"
        url = f"http://{f'[{here}]' if ':' in here else here}:{port}"
        key = runtime.ensure_admin_key()
        if source is not None:
            runtime.library.save_source(source)
            runtime.worker.submit(source.name)
        _greet(url, key, settings)
        config = uvicorn.Config(
            create_app(runtime),
            log_config=None,
            access_log=False,
            ws="none",
            server_header=False,
            timeout_graceful_shutdown=10,
        )
        with announced(settings.home, url, runtime.local_token), suppress(KeyboardInterrupt):
            uvicorn.Server(config).run([listener])
    finally:
        # Being told once more must not end the closing half way.
        for again in (signal.SIGTERM, signal.SIGINT):
            signal.signal(again, signal.SIG_IGN)
        if runtime is not None:
            runtime.close()
        listener.close()


def _end(_signal: int, _frame: object) -> NoReturn:
    """Told to stop: everything that is open is closed on the way out.

    Uvicorn sends itself the signal again once it has stopped, which would end the process there.
    """
    sys.exit(0)


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as exc:
        listener.close()
        raise ApiError(
            f"cannot listen on {settings.host} port {settings.port} ({exc.strerror}); "
            "choose another with --port"
        ) from exc
    return listener


def read_sample(path: Path) -> Source:
    """The source that a JSON file describes; its folder is relative to the file.

    Raises:
        ApiError: the file or the folder is not there, or the file describes no source.
    """
    if not path.is_file():
        missing = f"there is no file {path}"
        if path == SAMPLE:
            missing = f"the sample company is part of a source checkout, and {path} is not there"
        raise ApiError(f"{missing}; name a file that describes a source: serve --sample FILE")
    try:
        body = SourceIn.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as exc:
        raise ApiError(f"{path} does not describe a source ({exc})") from exc
    folder = (path.parent / body.path).resolve()
    if not folder.is_dir():
        raise ApiError(f"{path} names the folder {folder}, which is not there")
    rules = tuple(AccessRule(one.pattern, frozenset(one.groups)) for one in body.access)
    return Source(
        body.name, str(folder), tuple(body.include), tuple(body.exclude), rules, body.owner
    )


def _greet(url: str, key: str | None, settings: Settings) -> None:
    """What somebody who starts a server wants to know; the key is shown this once."""
    lines = [f"Footnote is at {url}"]
    if key is not None:
        lines.append(f"Admin key, shown only this once: {key}")
        lines.append(f"Signed in as admin: {url}/#key={key}")
    if settings.demo:
        lines.append("Demo: on this machine, what everyone may read can be asked without a key.")
    print("\n".join(lines), file=sys.stdout, flush=True)
