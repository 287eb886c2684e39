"""Checking, rebuilding, saving and restoring, over HTTP and on the command line."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from ingest.care.restore import restore_backup
from tests.api.cli.test_commands import Shell
from tests.conftest import FILES, Server
from tests.folders import write_files


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/admin/check"),
        ("POST", "/v1/admin/check"),
        ("POST", "/v1/admin/rebuild"),
        ("POST", "/v1/admin/backup"),
    ],
)
def test_only_admins_care_for_the_index(server: Server, method: str, path: str) -> None:
    """Employees are refused, strangers asked for a key."""
    assert server.client(server.employee_key).request(method, path).status_code == 403
    assert server.client().request(method, path).status_code == 401


def test_a_running_server_is_checked_rebuilt_and_saved(own_server: Server, tmp_path: Path) -> None:
    """The report is clean before and after, and the archive restores to the same documents."""
    admin = own_server.client(own_server.admin_key)
    report = admin.get("/v1/admin/check").json()
    assert report["clean"], report
    assert report["passages"] > 0
    assert admin.post("/v1/admin/rebuild").json() == {"passages": report["passages"]}
    assert admin.post("/v1/admin/check", json={"repair": True}).json()["clean"]
    saved = admin.post("/v1/admin/backup")
    assert saved.headers["content-type"] == "application/gzip"
    archive = tmp_path / "saved.tar.gz"
    archive.write_bytes(saved.content)
    with tarfile.open(archive) as tar:
        assert set(tar.getnames()) >= {"catalogue.db", "manifest.json"}
    restore_backup(archive, tmp_path / "other")
    assert (tmp_path / "other" / "catalogue.db").is_file()
    assert not list(own_server.runtime.library.settings.home.glob(".backup-*"))


def test_the_command_line_saves_and_restores(tmp_path: Path) -> None:
    """From one state folder into another, with a check at the end."""
    shell = Shell(tmp_path / "home", write_files(tmp_path / "files", FILES))
    shell.run("sync", "handbook", "--path", str(shell.files))
    assert "all agree" in shell.run("check")
    archive = tmp_path / "saved.tar.gz"
    assert "MB" in shell.run("backup", str(archive))
    other = str(tmp_path / "other")
    said = shell.run("restore", str(archive), FOOTNOTE_HOME=other)
    assert "all agree" in said
    assert "not empty" in shell.run("restore", str(archive), ok=1, FOOTNOTE_HOME=other)
    assert "passages are in the new indexes" in shell.run("rebuild", FOOTNOTE_HOME=other)
    (tmp_path / "broken.tar.gz").write_bytes(b"nothing")
    empty = str(tmp_path / "empty")
    said = shell.run("restore", str(tmp_path / "broken.tar.gz"), ok=1, FOOTNOTE_HOME=empty)
    assert "no whole backup" in said
