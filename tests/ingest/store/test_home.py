"""The state folder belongs to one process at a time, and tells whether the last one closed it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.errors import CannotWrite, HomeLocked
from ingest.store.home import Home


def test_a_second_owner_is_refused_until_the_first_closes(tmp_path: Path) -> None:
    """With what to do, instead of two writers in one index."""
    home = Home(tmp_path / "home")
    with pytest.raises(HomeLocked, match="another Footnote process"):
        Home(tmp_path / "home")
    home.close()
    Home(tmp_path / "home").close()


@pytest.mark.parametrize("sound", [True, False])
def test_the_next_owner_learns_how_the_last_one_ended(tmp_path: Path, sound: bool) -> None:
    """A process that was killed, or that left something unsound, leaves its mark."""
    killed = Home(tmp_path)
    assert killed.begin()
    killed._lock.release()  # as the system does for a process that is gone
    again = Home(tmp_path)
    assert not again.begin()
    again.close(sound=sound)
    assert Home(tmp_path).begin() == sound


def test_what_killed_processes_left_is_removed(tmp_path: Path) -> None:
    """Half made backups, and the indexes of generations that are no more."""
    home = Home(tmp_path)
    kept, dropped = home.index_of(2), home.index_of(3)
    for folder in (kept, dropped, tmp_path / ".backup-x", tmp_path / "index" / "words"):
        folder.mkdir(parents=True)
    home.tidy([2])
    assert [one.name for one in (tmp_path / "index").iterdir()] == ["g2"]
    assert not list(tmp_path.glob(".backup-*"))
    home.drop_index(2)
    assert not kept.exists()
    home.close()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A file stands where it should be."""
    (tmp_path / "file").touch()
    with pytest.raises(CannotWrite, match="state folder"):
        Home(tmp_path / "file" / "home")
