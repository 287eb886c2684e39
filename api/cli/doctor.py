"""`footnote doctor`: looks at everything that Footnote needs."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

from api.cli.client import connect, running
from api.cli.in_numbers import counted
from api.settings import Settings
from ingest.models import contextual

_LEAST_FREE_GB = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was looked at and how it is; what is not ok says what to do."""

    level: Literal["ok", "warn", "fail"]
    what: str


def examine(settings: Settings) -> list[Verdict]:
    """Every verdict, in an order in which problems are best mended."""
    verdicts = [_python(), *_home(settings)]
    if any(one.level == "fail" for one in verdicts):
        return verdicts
    return [*verdicts, *_index(settings), *_llm(settings), _models(settings)]


def _python() -> Verdict:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Verdict("ok", f"Python {version}")


def _home(settings: Settings) -> Iterator[Verdict]:
    home = settings.home
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = home / ".doctor"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as exc:
        yield Verdict("fail", f"{home} cannot be written ({exc.strerror}); set FOOTNOTE_HOME")
        return
    yield Verdict("ok", f"state folder {home.resolve()}")
    free = shutil.disk_usage(home).free / 1e9
    level: Literal["ok", "warn"] = "ok" if free >= _LEAST_FREE_GB else "warn"
    yield Verdict(level, f"{free:.1f} GB free there")


def _index(settings: Settings) -> Iterator[Verdict]:
    known = running(settings.home)
    yield Verdict("ok", f"a server is running at {known['url']}" if known else "no server running")
    try:
        with connect(settings) as client:
            ready = client.call("GET", "/readyz")
            sources = client.call("GET", "/v1/admin/sources")["sources"]
            total = client.call("GET", "/v1/admin/documents", limit=1)["total"]
            failed = client.call("GET", "/v1/admin/documents", limit=1, state="failed")["total"]
    except Exception as exc:  # whatever is wrong is the finding
        yield Verdict("fail", f"the index cannot be opened: {exc}")
        return
    yield Verdict("warn" if ready["note"] else "ok", ready["note"] or "catalogue and indexes agree")
    if sources:
        yield Verdict("ok", f"{counted(len(sources), 'source')}, {counted(total, 'document')}")
    else:
        yield Verdict("warn", "no source yet: footnote sync NAME --path DIR")
    if failed:
        yield Verdict("warn", f"{counted(failed, 'document')} failed: footnote documents --failed")


def _llm(settings: Settings) -> Iterator[Verdict]:
    if settings.llm_base_url is None or settings.llm_model is None:
        yield Verdict("ok", "no language model set up: answers are the documents' own words")
        return
    from api.runtime import open_llm
    from assistant.errors import LlmError
    from assistant.types import Message

    llm = open_llm(settings)
    assert llm is not None
    try:
        llm.complete([Message("user", "Reply with: ok")])
    except LlmError as exc:
        yield Verdict("fail", str(exc))
    else:
        yield Verdict("ok", f"language model {settings.llm_model} answers")
    finally:
        llm.close()


def _models(settings: Settings) -> Verdict:
    there = find_spec("sentence_transformers") is not None
    named = settings.embedder.removeprefix("builtin+")
    if named.startswith("sentence-transformers:") and not there:
        return Verdict(
            "fail", "the embedder needs the models extra: pip install 'footnote[models]'"
        )
    if named == "builtin-contextual" and not contextual.is_installed():
        return Verdict(
            "fail",
            "the embedder needs its package: pip install ./ingest/models/footnote-contextual",
        )
    return Verdict("ok", f"embedder {settings.embedder}")
