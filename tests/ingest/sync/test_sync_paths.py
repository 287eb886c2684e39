"""Looking at some paths only: as good as looking at everything, and never a leak."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import SourceError
from ingest.jobs.submission import MOST_PATHS
from ingest.jobs.worker import Worker
from ingest.library import Library
from ingest.store.catalogue.documents.known import known_files
from ingest.sync.options import SyncOptions
from tests.folders import add_source, open_library, sync, write_files


def _paths(library: Library) -> set[str]:
    with library.catalogue.read() as connection:
        known = known_files(connection, "handbook")
    return {path for path, one in known.items() if one.live_version is not None}


def test_a_missing_root_deletes_nothing_whatever_paths_are_named(tmp_path: Path) -> None:
    """A path is gone only if the folder that it was in can be looked into."""
    root = write_files(tmp_path / "docs", {"a.md": "# A\n"})
    with open_library(tmp_path / "home") as library:
        add_source(library, root)
        sync(library)
        root.rename(tmp_path / "unplugged")
        with pytest.raises(SourceError, match="cannot be read"):
            _sync_paths(library, "a.md")
        assert _paths(library) == {"a.md"}


def test_the_mass_delete_guard_counts_the_whole_source(tmp_path: Path) -> None:
    """Ten files of a hundred are no mass; thirty are, though only they were looked at."""
    root = write_files(tmp_path / "docs", {f"{n:03}.md": f"# {n}\n" for n in range(100)})
    with open_library(tmp_path / "home") as library:
        add_source(library, root)
        sync(library)
        gone = [f"{n:03}.md" for n in range(40)]
        for path in gone:
            (root / path).unlink()
        assert _sync_paths(library, *gone[:10]).counts["deleted"] == 10
        with pytest.raises(SourceError, match="30 of 90"):
            _sync_paths(library, *gone[10:])


def test_a_watched_folder_that_empties_at_once_is_asked_about(tmp_path: Path) -> None:
    """As by a whole sync: the disk may be unplugged, few as its documents are."""
    files = {f"{n}.md": f"# {n}\n" for n in range(4)}
    root = write_files(tmp_path / "docs", files)
    with open_library(tmp_path / "home") as library:
        add_source(library, root)
        sync(library)
        for path in files:
            (root / path).unlink()
        with pytest.raises(SourceError, match="4 of 4"):
            _sync_paths(library, *files)
        assert _paths(library) == set(files)


def _sync_paths(library: Library, *paths: str, allow_mass_delete: bool = False) -> Any:
    options = SyncOptions(paths=paths, allow_mass_delete=allow_mass_delete)
    return library.sync("handbook", options, lambda _: None, threading.Event())


def test_what_lies_behind_a_link_is_not_looked_at(tmp_path: Path) -> None:
    """Events come from there, too; a whole sync would not go there, and nor does this."""
    write_files(tmp_path / "secret", {"x.md": "# Secret\n", "deep/y.md": "# Secret\n"})
    root = write_files(tmp_path / "docs", {"a.md": "# A\n"})
    (root / "link").symlink_to(tmp_path / "secret")
    with open_library(tmp_path / "home") as library:
        add_source(library, root)
        _sync_paths(library, "a.md", "link", "link/x.md", "link/deep", "link/deep/y.md")
        assert _paths(library) == {"a.md"}


def test_a_root_that_is_a_link_itself_is_looked_into(tmp_path: Path) -> None:
    """Whoever named it meant what it points to."""
    write_files(tmp_path / "docs", {"sub/a.md": "# A\n"})
    (tmp_path / "here").symlink_to(tmp_path / "docs")
    with open_library(tmp_path / "home") as library:
        add_source(library, tmp_path / "here")
        _sync_paths(library, "sub/a.md")
        assert _paths(library) == {"sub/a.md"}


def test_waiting_syncs_of_paths_become_one(tmp_path: Path) -> None:
    """Of all their paths; of everything, when they are many or everything is asked for."""
    root = write_files(tmp_path / "docs", {"a.md": "# A\n"})
    with open_library(tmp_path / "home") as library, Worker(library) as worker:
        add_source(library, root)
        worker.pause("handbook")
        first = worker.submit("handbook", paths=frozenset({"b.md"}))
        again = worker.submit("handbook", paths=frozenset({"a.md"}))
        assert again.id == first.id
        assert worker.get(first.id).options["paths"] == ["a.md", "b.md"]
        many = frozenset(f"{number}.md" for number in range(MOST_PATHS))
        assert worker.submit("handbook", paths=many).id == first.id
        assert worker.get(first.id).options["paths"] == []
        assert worker.submit("handbook", paths=frozenset({"c.md"})).id == first.id
        assert worker.get(first.id).options["paths"] == []
        assert worker.submit("handbook", force=True).id != first.id


_NAMES = st.sampled_from(["a.md", "b.md", "sub/a.md", "sub/c.md", "sub/deep/d.md"])
_FOLDERS = st.sampled_from(["sub", "sub/deep", "other"])
_EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), _NAMES, st.integers(0, 3)),
        st.tuples(st.just("remove"), _NAMES, st.just(0)),
        st.tuples(st.just("move"), _NAMES, _NAMES),
        st.tuples(st.just("remove folder"), _FOLDERS, st.just(0)),
        st.tuples(st.just("move folder"), _FOLDERS, _FOLDERS),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=15, deadline=None)
@given(edits=_EDITS)
def test_looking_at_the_changed_paths_is_as_good_as_looking_at_everything(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[str, str, Any]]
) -> None:
    """After any edits the catalogue is the same, and a full sync finds nothing left to do."""
    base = tmp_path_factory.mktemp("some")
    root = write_files(base / "docs", {"a.md": "# A\n\n0\n", "sub/a.md": "# S\n\n0\n"})
    with open_library(base / "home") as library:
        add_source(library, root)
        sync(library)
        changed: set[str] = set()
        for number, edit in enumerate(edits):
            changed |= _edit(root, number, *edit)
        _sync_paths(library, *sorted(changed), allow_mass_delete=True)
        there = {one.relative_to(root).as_posix() for one in root.rglob("*") if one.is_file()}
        assert _paths(library) == there
        after = sync(library, reconcile=True, dry_run=True).plan
        assert after is not None
        assert after.added == after.changed == after.moved == after.deleted == ()


def _edit(root: Path, number: int, what: str, name: str, other: Any) -> set[str]:
    """Does it if it can be done; the paths that an event would tell of."""
    place = root / name
    if what == "write":
        write_files(root, {name: f"# {name}\n\n{other} {'x' * number}\n"})
    elif what == "remove":
        place.unlink(missing_ok=True)
    elif what == "remove folder":
        shutil.rmtree(place, ignore_errors=True)
    elif place.exists() and not (root / other).is_dir() and not f"{other}/".startswith(f"{name}/"):
        (root / other).parent.mkdir(parents=True, exist_ok=True)
        place.rename(root / other)
        return {name, other}
    return {name}
