"""`footnote serve`: the server process from its first line to its last."""

from __future__ import annotations

import json
import socket
import sys
from contextlib import suppress
from pathlib import Path

import structlog
import uvicorn

from api.app import create_app
from api.cli.client import ApiError, announced, running
from api.observe.logs import configure
from api.routes.bodies.sources import SourceIn
from api.runtime import Runtime
from api.settings import Settings, is_loopback
from ingest.store.catalogue.access.classes import AccessRule
from ingest.store.catalogue.sources import Source

_log = structlog.get_logger(__name__)


def run(settings: Settings, sample: Path | None) -> None:
    """Serves until it is told to stop.

    Raises:
        ApiError: a server runs on this home folder already, or the port is taken.
    """
    configure(settings.log_level, settings.log_format)
    known = running(settings.home)
    if known is not None:
        raise ApiError(f"a server runs on {settings.home} already, at {known['url']}")
    listener = _listen(settings)
    runtime = Runtime(settings)
    try:
        port = listener.getsockname()[1]
        here = settings.host if is_loopback(settings.host) else "127.0.0.1"
        url = f"http://{f'[{here}]' if ':' in here else here}:{port}"
        key = runtime.ensure_admin_key()
        if sample is not None:
            _add_sample(runtime, sample)
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
        runtime.close()
        listener.close()


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


def _add_sample(runtime: Runtime, path: Path) -> None:
    """Adds the source that a file describes and syncs it; its path is relative to the cwd."""
    try:
        body = SourceIn.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as exc:
        raise ApiError(f"{path} does not describe a source ({exc})") from exc
    rules = tuple(AccessRule(one.pattern, frozenset(one.groups)) for one in body.access)
    runtime.library.save_source(
        Source(
            body.name,
            str(Path(body.path).resolve()),
            tuple(body.include),
            tuple(body.exclude),
            rules,
            body.owner,
        )
    )
    runtime.worker.submit(body.name)


def _greet(url: str, key: str | None, settings: Settings) -> None:
    """What somebody who starts a server wants to know; the key is shown this once."""
    lines = [f"Footnote is at {url}"]
    if key is not None:
        lines.append(f"Admin key, shown only this once: {key}")
        lines.append(f"Signed in as admin: {url}/#key={key}")
    if settings.demo:
        lines.append("Demo: on this machine, what everyone may read can be asked without a key.")
    print("\n".join(lines), file=sys.stdout, flush=True)
