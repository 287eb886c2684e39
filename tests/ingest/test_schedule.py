"""Sources are looked at without being told: events, intervals, and everything once a day."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from ingest.catalogue import documents, schema, sources
from ingest.catalogue.sources import Source
from ingest.errors import SourceError
from ingest.library import Library
from ingest.schedule import NOTHING_AHEAD, Schedule
from ingest.sync import SyncOptions
from ingest.watch import Watcher
from ingest.worker import Worker
from tests.folders import OPEN_TO_ALL, add_source, open_library, sync, write_files

SOON_S = 30.0
"""How long an event is waited for; it comes in a fraction of a second."""


class _Heard:
    """What was submitted, and waiting for more of it."""

    def __init__(self) -> None:
        self.all: list[tuple[str, bool, frozenset[str]]] = []
        self._came = threading.Condition()

    def __call__(
        self, source: str, *, reconcile: bool = False, paths: frozenset[str] = frozenset()
    ) -> None:
        with self._came:
            self.all.append((source, reconcile, paths))
            self._came.notify_all()

    def until(self, wanted: Any) -> bool:
        with self._came:
            return self._came.wait_for(lambda: any(map(wanted, self.all)), SOON_S)


@contextmanager
def _schedule(library: Library, **more: Any) -> Iterator[tuple[Schedule, _Heard]]:
    heard = _Heard()
    made = Schedule(library.catalogue, heard, **{"reconcile_hours": 0, "look_s": 0.02, **more})
    try:
        yield made, heard
    finally:
        made.close()


def _until(reached: Any) -> None:
    """Waits for a state that a thread of the product brings about."""
    tick = threading.Event()
    for _ in range(int(SOON_S / 0.01)):
        if reached():
            return
        tick.wait(0.01)
    raise AssertionError("it never came to that")


def _source(library: Library, root: Path, **more: Any) -> None:
    library.save_source(Source("handbook", str(root), access=OPEN_TO_ALL, **more))


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
        _until(lambda: "old.md" in paths() and paths() & {"sub", "sub/new.md"})
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
        _until(lambda: not watcher.watching and "is not a folder" in watcher.error)
        told.clear()
        (tmp_path / "unplugged").rename(root)
        _until(lambda: watcher.watching and None in told)
        assert watcher.error == ""
    finally:
        watcher.close()


def test_a_watched_source_is_synced_by_its_changes(tmp_path: Path) -> None:
    """First wholly, for what changed while nobody watched; then only where something changed."""
    root = write_files(tmp_path / "docs", {"a.md": "# A\n"})
    with open_library(tmp_path / "home") as library:
        _source(library, root, watch=True)
        with _schedule(library) as (schedule, heard):
            _until(lambda: schedule.outlook("handbook").watching)
            assert heard.all == [("handbook", False, frozenset())]
            write_files(root, {"b.md": "# B\n"})
            assert heard.until(lambda one: "b.md" in one[2])


def test_a_changed_file_is_found_without_a_command(tmp_path: Path) -> None:
    """End to end: watcher, schedule, worker and index."""
    root = write_files(tmp_path / "docs", {"a.md": "# Dogs\n\nDogs stay at home.\n"})
    with open_library(tmp_path / "home") as library, Worker(library) as worker:
        _source(library, root, watch=True)
        schedule = Schedule(library.catalogue, worker.submit, reconcile_hours=0, look_s=0.02)
        try:
            _until(lambda: schedule.outlook("handbook").watching and _paths(library) == {"a.md"})
            write_files(root, {"b.md": "# Zeppelins\n\nZeppelins are welcome.\n"})
            _until(lambda: _paths(library) == {"a.md", "b.md"})
            (root / "a.md").unlink()
            _until(lambda: _paths(library) == {"b.md"})
        finally:
            schedule.close()


def _paths(library: Library) -> set[str]:
    with library.catalogue.read() as connection:
        known = documents.known_files(connection, "handbook")
    return {path for path, one in known.items() if one.live_version is not None}


def test_an_interval_is_kept_and_missed_looks_are_not_piled_up(tmp_path: Path) -> None:
    """One look when its time has come, however long nobody looked."""
    now = [1000.0]
    root = write_files(tmp_path / "docs", {"a.md": "# A\n"})
    with open_library(tmp_path / "home") as library:
        _source(library, root, interval_s=600)
        with _schedule(library, clock=lambda: now[0]) as (schedule, heard):
            _until(lambda: schedule.outlook("handbook").next_look_s is not None)
            assert heard.all == []
            now[0] += 6000
            assert heard.until(lambda one: one == ("handbook", False, frozenset()))
            _until(lambda: (schedule.outlook("handbook").next_look_s or 0) == 600)
            assert len(heard.all) == 1


def test_a_clock_that_was_set_back_delays_a_look_by_one_interval_at_most(tmp_path: Path) -> None:
    """A last sync that lies in the future counts as one of this moment."""
    root = write_files(tmp_path / "docs", {"a.md": "# A\n"})
    with open_library(tmp_path / "home") as library:
        _source(library, root, interval_s=600)
        with library.catalogue.write() as tx:
            ahead = datetime.now(UTC) + timedelta(days=900)
            tx.execute(update(schema.source).values(synced_at=ahead))
        with _schedule(library) as (schedule, _):
            _until(lambda: schedule.outlook("handbook").next_look_s is not None)
            assert 0 < (schedule.outlook("handbook").next_look_s or 0) <= 600


def test_a_paused_or_removed_source_is_left_alone(tmp_path: Path) -> None:
    """It is treated as it is now, without a restart."""
    root = write_files(tmp_path / "docs", {"a.md": "# A\n"})
    with open_library(tmp_path / "home") as library:
        _source(library, root, watch=True, interval_s=600)
        with _schedule(library) as (schedule, _):
            _until(lambda: schedule.outlook("handbook").watching)
            with library.catalogue.write() as tx:
                sources.set_paused(tx, "handbook", True)
            _until(lambda: schedule.outlook("handbook") == NOTHING_AHEAD)
            with library.catalogue.write() as tx:
                sources.set_paused(tx, "handbook", False)
            _until(lambda: schedule.outlook("handbook").watching)
            library.remove_source("handbook")
            _until(lambda: schedule.outlook("handbook") == NOTHING_AHEAD)


def test_all_content_is_compared_once_a_day(tmp_path: Path) -> None:
    """Due a day after the last time, and noted when it is done."""
    now = [0.0]
    root = write_files(tmp_path / "docs", {"a.md": "# A\n"})
    with open_library(tmp_path / "home") as library:
        _source(library, root)
        with _schedule(library, reconcile_hours=24, clock=lambda: now[0]) as (schedule, heard):
            _until(lambda: schedule.outlook("handbook").next_reconcile_s is not None)
            assert heard.all == []
            now[0] += 24 * 3600
            assert heard.until(lambda one: one == ("handbook", True, frozenset()))
        sync(library, reconcile=True)
        with library.catalogue.read() as connection:
            (one,) = sources.timings(connection)
        assert one.reconciled_at is not None
        assert one.synced_at is not None


def test_content_that_changed_behind_equal_times_is_found_by_the_reconcile(tmp_path: Path) -> None:
    """Same size, same time: an ordinary sync cannot see it, and says that nothing changed."""
    root = write_files(tmp_path / "docs", {"a.md": "# A\n\nThe limit is 100.\n"})
    with open_library(tmp_path / "home") as library:
        add_source(library, root)
        sync(library)
        before = (root / "a.md").stat()
        (root / "a.md").write_text("# A\n\nThe limit is 999.\n", encoding="utf-8")
        os.utime(root / "a.md", ns=(before.st_atime_ns, before.st_mtime_ns))
        assert sync(library).counts["unchanged"] == 1
        found = sync(library, reconcile=True)
        assert found.counts["changed"] == 1
        assert sync(library, reconcile=True).counts["changed"] == 0


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


def _sync_paths(library: Library, *paths: str) -> Any:
    options = SyncOptions(paths=paths)
    return library.sync("handbook", options, lambda _: None, threading.Event())


_NAMES = st.sampled_from(["a.md", "b.md", "sub/a.md", "sub/c.md", "sub/deep/d.md"])
_EDITS = st.lists(
    st.tuples(_NAMES, st.sampled_from(["write", "remove", "move"]), st.integers(0, 3), _NAMES),
    min_size=1,
    max_size=6,
)


@settings(max_examples=15, deadline=None)
@given(edits=_EDITS)
def test_looking_at_the_changed_paths_is_as_good_as_looking_at_everything(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[str, str, int, str]]
) -> None:
    """After any edits the catalogue is the same, and a full sync finds nothing left to do."""
    base = tmp_path_factory.mktemp("some")
    root = write_files(base / "docs", {"a.md": "# A\n\n0\n", "sub/a.md": "# S\n\n0\n"})
    with open_library(base / "home") as library:
        add_source(library, root)
        sync(library)
        changed: set[str] = set()
        for number, (name, what, content, other) in enumerate(edits):
            changed |= {name, other} if what == "move" else {name}
            if what == "write":
                write_files(root, {name: f"# {name}\n\n{content} {'x' * number}\n"})
            elif what == "remove":
                (root / name).unlink(missing_ok=True)
            elif (root / name).is_file():
                (root / other).parent.mkdir(parents=True, exist_ok=True)
                (root / name).rename(root / other)
        _sync_paths(library, *sorted(changed))
        there = {one.relative_to(root).as_posix() for one in root.rglob("*") if one.is_file()}
        assert _paths(library) == there
        after = sync(library, dry_run=True).plan
        assert after is not None
        assert after.added == after.changed == after.moved == after.deleted == ()
