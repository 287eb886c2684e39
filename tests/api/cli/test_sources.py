"""`footnote sources`: places of every kind as a person types them."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
import typer

from api.cli.admin.sources import absolute, guess_kind, seconds
from tests.api.cli.test_commands import Shell
from tests.folders import write_files
from tests.ingest.sources.repositories import commit


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/docs", "folder"),
        (".", "folder"),
        ("https://example.org/handbook", "web"),
        ("http://intranet/sitemap.xml", "web"),
        ("https://example.org/handbook.git", "git"),
        ("git@example.org:team/handbook", "git"),
        ("ssh://git@example.org/team/handbook", "git"),
        ("/srv/repositories/handbook.git", "git"),
        ("old.zip", "archive"),
        ("/srv/old.tar.gz", "archive"),
    ],
)
def test_the_kind_is_guessed_from_what_is_given(path: str, kind: str) -> None:
    """A folder with a repository in it stays a folder unless --kind says git."""
    assert guess_kind(path) == kind


def test_paths_are_made_absolute_and_addresses_left_alone(tmp_path: Path) -> None:
    """The server may run in another folder."""
    assert absolute("x", "folder") == str(Path("x").resolve())
    assert absolute(str(tmp_path), "git") == str(tmp_path.resolve())
    assert absolute("https://example.org/a", "web") == "https://example.org/a"
    assert absolute("git@example.org:a/b", "git") == "git@example.org:a/b"


def test_lengths_of_time_are_read_as_people_write_them() -> None:
    """Seconds without a unit; anything else is refused."""
    assert [seconds(one) for one in ("90", "30s", "15m", "6h", "1d")] == [90, 30, 900, 21600, 86400]
    for wrong in ("", "soon", "-5m", "1.5h", "5w"):
        with pytest.raises(typer.BadParameter):
            seconds(wrong)


def test_a_repository_and_an_archive_are_added_and_indexed(tmp_path: Path) -> None:
    """With options of their kind; a wrong one is refused in one line."""
    shell = Shell(tmp_path / "home", write_files(tmp_path / "files", {}))
    repository = tmp_path / "handbook.git"
    commit(repository, {"docs/gate.md": "# Gate\n\nThe gate code is 4711.\n"}, 1_700_000_000)
    with zipfile.ZipFile(tmp_path / "old.zip", "w") as archive:
        archive.writestr("old.md", "# Old\n\nThe old gate code was 0815.\n")
    added = ["sources", "add", "repo", str(repository), "--subfolder", "docs", "--every", "15m"]
    assert "repo (git) is a source" in shell.run(*added, "--allow", "**=everyone")
    shell.run("sources", "add", "old", str(tmp_path / "old.zip"))
    listed = shell.run("sources", "list")
    assert f"repo\tgit\t{repository}\tevery 15m; never" in listed
    assert "archive" in listed
    assert "1 added" in shell.run("sync", "repo")
    assert f"{repository}\tevery 15m; last 2" in shell.run("sources", "list")
    found = json.loads(shell.run("search", "gate code", "--json"))["results"]
    assert "4711" in found[0]["text"]
    wrong = ["sources", "add", "x", str(repository), "--branch", "nope"]
    assert "no branch 'nope'" in shell.run(*wrong, ok=1)
    assert "no option 'size'" in shell.run(*wrong[:4], "--option", "size=1", ok=1)
