"""The command line, as a person in a shell uses it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import FILES
from tests.folders import write_files
from tests.repository import ROOT


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell with a home of its own and a folder of documents."""
    return Shell(tmp_path / "home", write_files(tmp_path / "files", FILES))


class Shell:
    """Runs `footnote` with a state folder."""

    def __init__(self, home: Path, files: Path) -> None:
        self.home, self.files = home, files
        names = ("PATH", "HOME", "LANG", "VIRTUAL_ENV", "TMPDIR")
        self._env = {name: os.environ[name] for name in names if name in os.environ}
        self._env["FOOTNOTE_HOME"] = str(home)
        self._env["PYTHONPATH"] = str(ROOT)

    def run(self, *words: str, ok: int = 0, **env: str) -> str:
        """The output of a command that must exit with `ok`."""
        done = subprocess.run(
            [sys.executable, "-m", "api", *words],
            env=self._env | env,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == ok, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def serve(self, *words: str, cwd: Path | None = None) -> subprocess.Popen[str]:
        """A server on this home, on a free port."""
        return subprocess.Popen(
            [sys.executable, "-m", "api", "serve", "--port", "0", *words],
            env=self._env | {"FOOTNOTE_LOG_LEVEL": "error"},
            cwd=cwd,
            stdout=subprocess.PIPE,
            text=True,
        )


def test_a_folder_is_indexed_and_asked_from_a_pipe(shell: Shell) -> None:
    """Plain lines, each failed file with its reason, answers with footnotes, rights respected."""
    said = shell.run("sync", "handbook", "--path", str(shell.files))
    assert "handbook: done: 4 added" in said
    assert "public/empty.md: the file is empty" in said
    assert "5 unchanged" in shell.run("sync")
    said = shell.run("ask", "How many days of annual leave do I have?")
    assert "25 days of annual leave a year [1]" in said
    assert "handbook/public/leave.md" in said
    found = json.loads(shell.run("search", "parking", "--limit", "1", "--json"))
    assert found["results"][0]["title"] == "Parking"
    shell.run(
        "sources",
        "add",
        "handbook",
        str(shell.files),
        "--allow",
        "hr/**=hr",
        "--allow",
        "**=everyone",
    )
    assert "hr/** → hr" in shell.run("sources", "list")
    pay = "What does the chief executive earn?"
    assert "310,000" not in shell.run("ask", pay, "--as-groups", "it")
    assert "310,000" in shell.run("ask", pay, "--as-groups", "hr")
    (shell.files / "public/leave.md").unlink()
    assert "- public/leave.md" in shell.run("sync", "--dry-run")


def test_commands_talk_to_the_running_server(shell: Shell) -> None:
    """Two processes never open one index: keys and people are made through the server."""
    server = shell.serve()
    assert server.stdout is not None
    greeting = server.stdout.readline() + server.stdout.readline()
    try:
        assert "Admin key, shown only this once: fn_" in greeting
        key = shell.run("keys", "create", "ann", "--group", "hr").strip()
        assert key.startswith("fn_")
        assert "ann" in shell.run("keys", "list")
        shell.run("people", "add", "ann@example.org", "--group", "hr")
        assert "ann@example.org" in shell.run("people", "list")
        assert "a server is running" in shell.run("doctor")
        shell.run("sources", "add", "handbook", str(shell.files))
        assert "is paused" in shell.run("sources", "pause", "handbook")
        assert "every source is paused" in shell.run("sync")
        assert "goes on" in shell.run("sources", "resume", "handbook")
        shell.run("sync", "handbook")
        assert "\tdone\t" in shell.run("jobs", "--source", "handbook")
        [job] = json.loads(shell.run("jobs", "--source", "handbook", "--json"))["jobs"]
        assert "is done" in shell.run("jobs", "cancel", job["id"])
        assert "already" in shell.run("serve", ok=1)
    finally:
        server.terminate()
        server.wait(30)
        server.stdout.close()
    assert "no server running" in shell.run("doctor")


def test_a_server_that_is_told_to_stop_closes_what_it_opened(shell: Shell) -> None:
    """As a service manager stops it: nothing is left lying, the next start has nothing to mend."""
    server = shell.serve()
    assert server.stdout is not None
    server.stdout.readline()
    assert "a server is running" in shell.run("doctor")
    server.terminate()
    assert server.wait(30) == 0
    server.stdout.close()
    assert not (shell.home / "server.json").exists()
    said = shell.run("doctor")
    assert "not closed" not in said
    assert said.startswith("ok")


def test_wrong_use_is_answered_in_one_line(shell: Shell) -> None:
    """Settings, sources and folders that are not there."""
    assert "did you mean FOOTNOTE_PORT" in shell.run("doctor", ok=2, FOOTNOTE_PROT="1")
    assert "no source called 'nowhere'" in shell.run("sync", "nowhere", ok=1)
    assert "not a folder" in shell.run("sync", "x", "--path", "/no/such/folder", ok=1)
    assert "Usage" in shell.run("--help")


def test_help_needs_no_heavy_import() -> None:
    """`footnote --help` is instant: neither index nor server nor model is imported."""
    code = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from api.cli.main import app\n"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0\n"
        "heavy = {'chromadb', 'fastapi', 'numpy', 'sqlalchemy', 'openai', 'langchain', 'tantivy'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
