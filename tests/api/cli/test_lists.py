"""Lists on the command line: a header row for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.api.cli.test_commands import Shell
from tests.conftest import FILES
from tests.folders import write_files

HEADERS = {
    ("sources", "list"): "name\tkind\tpath\tlooked at\towner\taccess",
    ("jobs",): "id\tsource\tstate\tfiles\trate\tto go\twithout text\twhat it does",
    ("keys", "list"): "id\tname\trole\tgroups\texpires\tlast used",
    ("people", "list"): "email\tname\trole\tgroups",
    ("generations", "list"): "id\tstate\tmodel\tchunks of\tdocuments waiting\tlive since",
    ("documents",): "state\treason\tsource\tpath",
}


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A shell beside a running server that has indexed a folder."""
    base = tmp_path_factory.mktemp("lists")
    files = {**FILES, "public/plan.bin": b"\x00\x01", "zh/空.md": ""}
    shell = Shell(base / "home", write_files(base / "files", files))
    server = shell.serve()
    assert server.stdout is not None
    server.stdout.readline()
    shell.run("sync", "handbook", "--path", str(shell.files))
    shell.run("people", "add", "ann@example.org", "--name", "Ann", "--group", "hr")
    try:
        yield shell
    finally:
        server.terminate()
        server.wait(30)
        server.stdout.close()


@pytest.mark.parametrize("words", HEADERS, ids=" ".join)
def test_every_list_has_a_header_row_and_json(shell: Shell, words: tuple[str, ...]) -> None:
    """As many rows as the JSON has entries, each with as many cells as the header."""
    header, *rows = shell.run(*words).splitlines()
    assert header == HEADERS[words]
    assert all(row.count("\t") == header.count("\t") for row in rows)
    sent = json.loads(shell.run(*words, "--json"))
    [entries] = [value for value in sent.values() if isinstance(value, list)]
    assert len(entries) == len(rows) > 0


def test_documents_are_listed_with_what_became_of_them(shell: Shell) -> None:
    """All, those that failed with the reason, a source's, only the first."""
    everything = shell.run("documents")
    assert "indexed\t\thandbook\tzh/报销.md\n" in everything
    failed = shell.run("documents", "--failed").splitlines()[1:]
    assert [line.split("\t")[::3] for line in failed] == [
        ["empty", "public/empty.md"],
        ["unsupported", "public/plan.bin"],
        ["empty", "zh/空.md"],
    ]
    assert all(line.split("\t")[1] for line in failed)
    one = shell.run("documents", "--failed", "--limit", "1").splitlines()
    assert one[1:] == [failed[0], "1 of 3 are shown; --limit shows more"]
    sent = json.loads(shell.run("documents", "--failed", "--limit", "2", "--json"))
    assert (sent["total"], len(sent["documents"])) == (3, 2)
    assert len(shell.run("documents", "--source", "uploads").splitlines()) == 1
    assert "no source called 'nowhere'" in shell.run("documents", "--source", "nowhere", ok=1)
