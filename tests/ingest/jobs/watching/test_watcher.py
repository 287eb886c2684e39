"""A watcher tells where to look, and why it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.jobs.watching.mounts import kind_of, on_network
from ingest.jobs.watching.watcher import Watcher
from tests.folders import write_files
from tests.waiting import SOON_S, until


def test_a_watcher_tells_which_paths_changed(tmp_path: Path) -> None:
    """New and removed files by their paths or by a new folder's; hidden and lock files never."""
    told: list[frozenset[str] | None] = []
    root = write_files(tmp_path, {"old.md": "# Old\n"})
    watcher = Watcher(root, told.append)

    def paths() -> frozenset[str]:
        return frozenset().union(*(one or () for one in told))

    try:
        assert watcher.wait(SOON_S)
        write_files(root, {"sub/new.md": "# New\n", ".hidden": "x", "~$lock.docx": "x"})
        (root / "old.md").unlink()
        until(lambda: "old.md" in paths() and paths() & {"sub", "sub/new.md"})
        assert paths() <= {"old.md", "sub", "sub/new.md"}
    finally:
        watcher.close()


def test_a_folder_that_goes_away_is_watched_again_when_it_is_back(tmp_path: Path) -> None:
    """Meanwhile it is told why nothing is watched; then the whole folder is to be looked at."""
    root = write_files(tmp_path / "drive", {"a.md": "# A\n"})
    told: list[frozenset[str] | None] = []
    watcher = Watcher(root, told.append, retry_s=0.02)
    try:
        assert watcher.wait(SOON_S)
        root.rename(tmp_path / "unplugged")
        until(lambda: not watcher.watching and "is not a folder" in watcher.error)
        told.clear()
        (tmp_path / "unplugged").rename(root)
        until(lambda: watcher.watching and None in told)
        assert watcher.error == ""
    finally:
        watcher.close()


def test_a_folder_without_events_is_polled(tmp_path: Path) -> None:
    """Every file is looked at again and again."""
    root = write_files(tmp_path, {"old.md": "# Old\n"})
    told: list[frozenset[str] | None] = []
    watcher = Watcher(root, told.append, poll=True, poll_ms=50)
    try:
        assert watcher.wait(SOON_S)
        write_files(root, {"new.md": "# New\n"})
        until(lambda: any("new.md" in one for one in told if one))
    finally:
        watcher.close()


def test_a_name_that_is_no_text_costs_no_other_change(tmp_path: Path) -> None:
    """The operating system's events cannot name such a file: the whole folder is looked at."""
    root = write_files(tmp_path, {"a.md": "# A\n"})
    told: list[frozenset[str] | None] = []
    watcher = Watcher(root, told.append, retry_s=0.02)
    try:
        assert watcher.wait(SOON_S)
        told.clear()
        try:
            (root / "\udcff.md").write_text("# Bad\n")
        except OSError:
            pytest.skip("this file system takes no such names")
        until(lambda: None in told and watcher.watching)
        write_files(root, {"b.md": "# B\n"})
        until(lambda: any("b.md" in one for one in told if one))
    finally:
        watcher.close()


_TABLE = r"""rootfs / ext4 rw 0 0
nas:/docs /srv/share\040one nfs4 rw 0 0
/dev/sdb /srv/share\040one/local xfs rw 0 0
//pc/d /mnt/d cifs rw 0 0
tmpfs /mnt/d tmpfs rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/", "ext4"),
        ("/srv/share", "ext4"),
        ("/srv/share one", "nfs4"),
        ("/srv/share one/x/y", "nfs4"),
        ("/srv/share one/local/x", "xfs"),
        ("/srv/share one else", "ext4"),
        ("/mnt/d/x", "tmpfs"),
    ],
)
def test_the_file_system_of_a_folder_is_that_of_the_nearest_mount(folder: str, kind: str) -> None:
    """The longest mount point above it, and the topmost of those in one place."""
    assert kind_of(folder, _TABLE) == kind


def test_a_folder_of_this_machine_is_on_no_network(tmp_path: Path) -> None:
    """By the mounts of the machine that runs the test."""
    assert not on_network(tmp_path)
