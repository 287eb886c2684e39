"""Sources are looked at without being told: events, intervals, and everything once a day."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import update

from ingest.jobs.schedule import NOTHING_AHEAD, Schedule
from ingest.jobs.worker import Worker
from ingest.library import Library
from ingest.store.catalogue import sources
from ingest.store.catalogue.database import schema
from ingest.store.catalogue.documents.known import known_files
from ingest.store.catalogue.jobs import records
from ingest.store.catalogue.jobs.records import JobState
from ingest.store.catalogue.sources import Source
from tests.folders import OPEN_TO_ALL, open_library, sync, write_files
from tests.waiting import SOON_S, until


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
    made = Schedule(
        library.catalogue, heard, **{"reconcile_hours": 0, "look_s": 0.02, "jitter": 0, **more}
    )
    try:
        yield made, heard
    finally:
        made.close()


def _source(library: Library, root: Path, **more: Any) -> None:
    library.save_source(Source("handbook", str(root), access=OPEN_TO_ALL, **more))


def test_a_watched_source_is_synced_by_its_changes(tmp_path: Path) -> None:
    """First wholly, for what changed while nobody watched; then only where something changed."""
    root = write_files(tmp_path / "docs", {"a.md": "# A\n"})
    with open_library(tmp_path / "home") as library:
        _source(library, root, watch=True)
        with _schedule(library) as (schedule, heard):
            until(lambda: schedule.outlook("handbook").watching)
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
            until(lambda: schedule.outlook("handbook").watching and _paths(library) == {"a.md"})
            write_files(root, {"b.md": "# Zeppelins\n\nZeppelins are welcome.\n"})
            until(lambda: _paths(library) == {"a.md", "b.md"})
            (root / "a.md").unlink()
            until(lambda: _paths(library) == {"b.md"})
        finally:
            schedule.close()


def _paths(library: Library) -> set[str]:
    with library.catalogue.read() as connection:
        known = known_files(connection, "handbook")
    return {path for path, one in known.items() if one.live_version is not None}


def test_an_interval_is_kept_and_missed_looks_are_not_piled_up(tmp_path: Path) -> None:
    """One look when its time has come, however long nobody looked."""
    now = [1000.0]
    root = write_files(tmp_path / "docs", {"a.md": "# A\n"})
    with open_library(tmp_path / "home") as library:
        _source(library, root, interval_s=600)
        with _schedule(library, clock=lambda: now[0]) as (schedule, heard):
            until(lambda: schedule.outlook("handbook").next_look_s is not None)
            assert heard.all == []
            now[0] += 6000
            assert heard.until(lambda one: one == ("handbook", False, frozenset()))
            until(lambda: (schedule.outlook("handbook").next_look_s or 0) == 600)
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
            until(lambda: schedule.outlook("handbook").next_look_s is not None)
            assert 0 < (schedule.outlook("handbook").next_look_s or 0) <= 600


def test_a_source_at_work_is_not_given_a_second_sync(tmp_path: Path) -> None:
    """However long the first takes; what became due meanwhile is reckoned from its end."""
    now = [0.0]
    root = write_files(tmp_path / "docs", {"a.md": "# A\n"})
    with open_library(tmp_path / "home") as library:
        _source(library, root, interval_s=600)
        with library.catalogue.write() as tx:
            job = records.create(tx, "handbook", {})
        with _schedule(library, clock=lambda: now[0]) as (schedule, heard):
            until(lambda: schedule.outlook("handbook").next_look_s is not None)
            now[0] += 6000
            until(lambda: schedule.outlook("handbook").next_look_s == 0)
            sync(library)
            with library.catalogue.write() as tx:
                records.finished(tx, job.id, JobState.DONE)
            until(lambda: (schedule.outlook("handbook").next_look_s or 0) > 500)
            assert heard.all == []


def test_a_comparison_that_failed_is_tried_again_within_the_hour(tmp_path: Path) -> None:
    """The drive may be back by then; the next day would be late."""
    now = [0.0]
    root = write_files(tmp_path / "docs", {"a.md": "# A\n"})
    with open_library(tmp_path / "home") as library:
        _source(library, root)
        with _schedule(library, reconcile_hours=24, clock=lambda: now[0]) as (schedule, heard):
            until(lambda: schedule.outlook("handbook").next_reconcile_s is not None)
            now[0] += 24 * 3600
            assert heard.until(lambda one: one == ("handbook", True, frozenset()))
            until(lambda: 0 < (schedule.outlook("handbook").next_reconcile_s or 0) <= 3600)


def test_only_what_concerns_a_source_is_looked_at(tmp_path: Path) -> None:
    """Excluded and not included files cause no sync; folders and removed documents do."""
    files = {"old.md": "# Old\n", "drafts/a.md": "# A\n", "keep/b.md": "# B\n"}
    root = write_files(tmp_path / "docs", files)
    with open_library(tmp_path / "home") as library:
        _source(library, root, watch=True, include=("**/*.md",), exclude=("drafts/**",))
        sync(library)
        with _schedule(library) as (schedule, heard):
            until(lambda: schedule.outlook("handbook").watching)
            write_files(root, {"drafts/a.md": "# Changed\n", "x.tmp": "x", "drafts/c.md": "# C\n"})
            (root / "x.tmp").unlink()
            (root / "old.md").unlink()
            (root / "keep").rename(root / "kept")
            write_files(root, {"new.md": "# New\n"})
            expected = {"old.md", "keep", "kept", "new.md"}
            until(lambda: expected <= frozenset().union(*(one[2] for one in heard.all)))
            told = frozenset().union(*(one[2] for one in heard.all))
            assert told <= {"old.md", "keep", "keep/b.md", "kept", "kept/b.md", "new.md"}


def test_saving_a_thousand_files_is_a_sync_or_two(tmp_path: Path) -> None:
    """They are gathered, and so many that the whole folder is looked at."""
    root = write_files(tmp_path / "docs", {"a.md": "# A\n"})
    with open_library(tmp_path / "home") as library:
        _source(library, root, watch=True)
        with _schedule(library) as (schedule, heard):
            until(lambda: schedule.outlook("handbook").watching)
            write_files(root, {f"{number}.md": f"# {number}\n" for number in range(1000)})
            until(lambda: len(heard.all) > 1)

            def settled() -> bool:
                """Whether a change of one file is told alone."""
                write_files(root, {"last.md": "# Last\n"})
                return any("last.md" in one[2] for one in heard.all)

            until(settled)
            whole = [one for one in heard.all[1:] if not one[2]]
            assert 1 <= len(whole) <= 2


def test_another_choice_of_files_is_looked_at_without_restart(tmp_path: Path) -> None:
    """What is newly included was there all the time, and no event will tell of it."""
    root = write_files(tmp_path / "docs", {"a.md": "# A\n", "b.txt": "B\n"})
    with open_library(tmp_path / "home") as library:
        _source(library, root, watch=True, include=("**/*.md",))
        with _schedule(library) as (schedule, heard):
            until(lambda: schedule.outlook("handbook").watching)
            assert len(heard.all) == 1
            _source(library, root, watch=True)
            until(lambda: len(heard.all) == 2)
            assert heard.all[1] == ("handbook", False, frozenset())


def test_an_unplugged_drive_changes_nothing_and_is_watched_again(tmp_path: Path) -> None:
    """Its documents stay; what changed meanwhile, and what changes then, is indexed."""
    root = write_files(tmp_path / "docs", {"a.md": "# A\n"})
    with open_library(tmp_path / "home") as library, Worker(library) as worker:
        _source(library, root, watch=True)
        schedule = Schedule(
            library.catalogue, worker.submit, reconcile_hours=0, look_s=0.02, retry_s=0.02
        )
        try:
            until(lambda: schedule.outlook("handbook").watching and _paths(library) == {"a.md"})
            away = root.rename(tmp_path / "unplugged")
            until(lambda: "mounted" in schedule.outlook("handbook").unwatched)
            assert _paths(library) == {"a.md"}
            write_files(away, {"b.md": "# B\n"})
            away.rename(root)
            until(lambda: _paths(library) == {"a.md", "b.md"})
            write_files(root, {"c.md": "# C\n"})
            until(lambda: _paths(library) == {"a.md", "b.md", "c.md"})
        finally:
            schedule.close()


def test_a_paused_or_removed_source_is_left_alone(tmp_path: Path) -> None:
    """It is treated as it is now, without a restart."""
    root = write_files(tmp_path / "docs", {"a.md": "# A\n"})
    with open_library(tmp_path / "home") as library:
        _source(library, root, watch=True, interval_s=600)
        with _schedule(library) as (schedule, _):
            until(lambda: schedule.outlook("handbook").watching)
            with library.catalogue.write() as tx:
                sources.set_paused(tx, "handbook", True)
            until(lambda: schedule.outlook("handbook") == NOTHING_AHEAD)
            with library.catalogue.write() as tx:
                sources.set_paused(tx, "handbook", False)
            until(lambda: schedule.outlook("handbook").watching)
            library.remove_source("handbook")
            until(lambda: schedule.outlook("handbook") == NOTHING_AHEAD)


def test_all_content_is_compared_once_a_day(tmp_path: Path) -> None:
    """Due a day after the last time, and noted when it is done."""
    now = [0.0]
    root = write_files(tmp_path / "docs", {"a.md": "# A\n"})
    with open_library(tmp_path / "home") as library:
        _source(library, root)
        with _schedule(library, reconcile_hours=24, clock=lambda: now[0]) as (schedule, heard):
            until(lambda: schedule.outlook("handbook").next_reconcile_s is not None)
            assert heard.all == []
            now[0] += 24 * 3600
            assert heard.until(lambda one: one == ("handbook", True, frozenset()))
        sync(library, reconcile=True)
        with library.catalogue.read() as connection:
            (one,) = sources.timings(connection)
        assert one.reconciled_at is not None
        assert one.synced_at is not None
