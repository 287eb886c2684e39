"""Whoever generates a client from the API's description gets one that compiles and works."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.api.clients.conftest import HERE, run
from tests.conftest import Server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

QUESTION = "How many days of annual leave do I have?"


@pytest.fixture
def spec(server: Server, tmp_path: Path) -> Path:
    """The description as it is served, as a file."""
    path = tmp_path / "openapi.json"
    path.write_text(server.client().get("/openapi.json").text, encoding="utf-8")
    return path


def is_answered(said: str) -> None:
    """The answer with its footnote, and the refusal of a wrong key, as both clients print them."""
    answer, *footnotes, refusal = said.splitlines()
    assert answer.startswith("answered ")
    assert "25 days" in answer
    assert footnotes[0].startswith("1 handbook/public/leave.md ")
    assert refusal == "401 this key is unknown, expired or revoked"


def test_a_python_client_asks(server: Server, spec: Path, python: Path, tmp_path: Path) -> None:
    """Generated without a warning, free of type errors, and a question is answered."""
    run(
        python / "openapi-python-client",
        *("generate", "--meta", "none", "--fail-on-warning"),
        *("--path", spec, "--config", HERE / "python-client.yaml"),
        *("--output-path", tmp_path / "footnote_client"),
    )
    script = shutil.copy(HERE / "ask.py", tmp_path)
    mypy = (sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir=.mypy_cache")
    run(*mypy, "--python-executable", python / "python", script, "footnote_client", cwd=tmp_path)
    run(python / "python", "-W", "error", "-m", "compileall", "-q", tmp_path)
    is_answered(
        run(python / "python", script, server.url, server.employee_key, QUESTION, NO_PROXY="*")
    )


def test_a_typescript_client_asks(
    server: Server, spec: Path, node_modules: Path, tmp_path: Path
) -> None:
    """Generated, compiled under strict rules, and a question is answered."""
    (tmp_path / "node_modules").symlink_to(node_modules)
    (tmp_path / "package.json").write_text(json.dumps({"type": "module"}))
    run(node_modules / ".bin/openapi-typescript", spec, "-o", tmp_path / "schema.d.ts")
    shutil.copy(HERE / "ask.ts", tmp_path)
    rules = ("--strict", "--noEmitOnError", "--target", "es2022", "--module", "nodenext")
    run(node_modules / ".bin/tsc", *rules, "--skipLibCheck", "false", "ask.ts", cwd=tmp_path)
    is_answered(run("node", tmp_path / "ask.js", server.url, server.employee_key, QUESTION))
