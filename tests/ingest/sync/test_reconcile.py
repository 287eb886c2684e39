"""Comparing all content: it finds what times hide, and is in nobody's way."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from ingest.errors import Stopped
from ingest.jobs.worker import Worker
from ingest.sources.folder import FolderConnector
from ingest.sources.interface import Place
from ingest.store.catalogue.documents.known import known_files
from ingest.store.catalogue.jobs.records import JobState
from ingest.store.catalogue.sources import Source
from ingest.store.precedence import Precedence
from ingest.sync.content_hashes import compare_all
from ingest.types import FoundFile
from tests.folders import OPEN_TO_ALL, add_source, open_library, sync, write_files
from tests.waiting import SOON_S, until


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


def test_a_comparison_that_is_stopped_again_and_again_comes_to_its_end(tmp_path: Path) -> None:
    """Each run compares at least one file, and none that was the same before."""
    files = {f"{number}.md": f"# {number}\n" for number in range(5)}
    root = write_files(tmp_path / "docs", files)
    with open_library(tmp_path / "home") as library:
        add_source(library, root)
        sync(library)
        with library.catalogue.read() as connection:
            known = known_files(connection, "handbook")
        write_files(root, {"2.md": "# Changed\n"})
        connector = FolderConnector(Place(str(root), tmp_path))
        stop = threading.Event()
        stop.set()
        walk = connector.list_files(stop)
        compared: set[FoundFile] = set()
        for runs in (1, 2):
            with pytest.raises(Stopped):
                compare_all(connector, walk, known, Precedence(), stop, compared, slice_s=0)
            assert len(compared) == runs
        stop.clear()
        found = compare_all(connector, walk, known, Precedence(), stop, compared)
        assert set(found.of) == {"2.md", "3.md", "4.md"}
        assert {one.path for one in compared} == set(files) - {"2.md"}
        del known["4.md"]  # somebody removed the document: its file is new to the next sync
        found = compare_all(connector, walk, known, Precedence(), stop, compared)
        assert set(found.of) == {"2.md", "4.md"}


def test_a_change_does_not_wait_for_a_comparison_of_everything(tmp_path: Path) -> None:
    """Another sync comes before it, even when it has begun; it goes on afterwards."""
    big = tmp_path / "big"
    big.mkdir()
    with (big / "0.bin").open("wb") as file:
        file.truncate(100_000_000)
    for number in range(1, 100):
        os.link(big / "0.bin", big / f"{number}.bin")
    small = write_files(tmp_path / "small", {"a.md": "# A\n"})
    with open_library(tmp_path / "home") as library, Worker(library) as worker:
        for root in (big, small):
            library.save_source(Source(root.name, str(root), access=OPEN_TO_ALL))
        long = worker.submit("big", reconcile=True)
        until(lambda: worker.get(long.id).stage == "comparing")
        short = worker.submit("small")
        assert worker.wait(short.id, SOON_S).state is JobState.DONE
        until(lambda: worker.get(long.id).state is JobState.RUNNING)
        worker.cancel(long.id)
        assert worker.wait(long.id, SOON_S).state is JobState.CANCELLED
