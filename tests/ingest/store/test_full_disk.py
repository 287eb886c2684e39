"""A disk that is full or read-only costs nothing that was there, and is told as what it is.

The limit of a process on the size of its files stands for the full disk: every write past it
fails, as on a disk without space, and it can be lifted again.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.errors import CannotWrite
from tests.folders import add_source, open_library, write_files
from tests.repository import ROOT

BEGINNING = """
import os, resource, sys
from pathlib import Path
from ingest.errors import CannotWrite
from ingest.library import Library
from ingest.settings import IngestSettings
from ingest.jobs.worker import Worker
from tests.folders import add_source, open_library, sync, write_files
home, root = Path(sys.argv[1]), Path(sys.argv[2])

def agree(library, files):
    from ingest.store.catalogue.for_index import live_rows
    with library.catalogue.read() as connection:
        rows = [row.chunk_id for row in live_rows(connection)]
    assert len(rows) == files, (len(rows), files)
    assert sorted(library.index.matrix.ids()) == rows
    assert sorted(library.index.words.chunk_ids()) == rows
"""

FULL = """
FILES = 200
notes = {f"n{i}.md": f"# Note {i}\\n\\nText {i} " + f"{i} " * 150 for i in range(FILES)}
room = int(sys.argv[3])
with open_library(home) as library:
    add_source(library, root)
    sync(library)
    write_files(root, notes)
    largest = max(path.stat().st_size for path in home.rglob("*") if path.is_file())
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest + room, resource.RLIM_INFINITY))
    with Worker(library, try_again_s=0.01) as worker:
        try:
            failed = worker.wait(worker.submit("handbook").id, 60)
            assert failed.state == "failed", failed
            assert "free some space" in failed.error, failed.error
            print(failed.error)
        except CannotWrite as exc:  # not even the job could be written
            assert "free some space" in str(exc)
            print(exc)
        try:
            library.upload("big.md", b"x" * (largest + room + 1), None)
            raise AssertionError("it was kept")
        except CannotWrite as exc:
            assert "free some space" in str(exc)
        assert not list(home.glob("uploads/.*"))
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        done = worker.wait(worker.submit("handbook").id, 60)
        assert done.state == "done", done
        assert done.failures == ()
    agree(library, FILES + 1)
with open_library(home) as library:
    agree(library, FILES + 1)
"""

READ_ONLY = """
folders = [home, *(path for path in home.rglob("*") if path.is_dir())]
def may_write(yes):
    for folder in folders:
        os.chmod(folder, 0o700 if yes else 0o500)
with open_library(home) as library:
    folders += [path for path in home.rglob("*") if path.is_dir() and path not in folders]
    write_files(root, {"more.md": "# More\\n\\nMore.\\n"})
    may_write(False)
    with Worker(library, try_again_s=0.01) as worker:
        failed = worker.wait(worker.submit("handbook").id, 60)
        assert failed.state == "failed", failed
        assert "read-only" in failed.error, failed.error
        may_write(True)
        done = worker.wait(worker.submit("handbook").id, 60)
        assert done.state == "done", done
    agree(library, 2)
may_write(False)
try:
    open_library(home)
    raise AssertionError("it was opened")
except CannotWrite as exc:
    assert "FOOTNOTE_HOME" in str(exc), exc
    print(exc)
may_write(True)
open_library(home).close()
"""


AS_ANYBODY = """
import ctypes, os, sys
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1
ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)
os.execv(sys.executable, [sys.executable, "-c", *sys.argv[1:]])
"""
"""Root, too, is then held to the permissions of files (prctl(2), capabilities(7))."""


def _run(code: str, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", AS_ANYBODY, BEGINNING + code, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


INDEXES = """
import numpy as np
from datetime import UTC, datetime
from ingest.store.index.local import LocalIndex
from ingest.types import IndexRow

def batch(first):
    rows = [
        IndexRow(n, 1, "en", "s", "T", "p.md", (), f"word{n} " + " ".join(map(str, range(n))))
        for n in range(first, first + 50)
    ]
    vectors = np.eye(50, 256, dtype=np.float32) + first
    return rows, vectors, [datetime.now(UTC)] * 50

room = int(sys.argv[3])
index = LocalIndex(home, 256, clean=True, graph_from=None)
index.add(*batch(0))
index.commit()
index.add(*batch(100))  # somebody else's, who has not committed yet
resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
try:
    index.add(*batch(200))
    index.commit()
    raise AssertionError("it was written")
except CannotWrite as exc:
    print(exc)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
index.remove(range(200, 250))
index.add(*batch(300))
index.commit()
expected = [*range(50), *range(100, 150), *range(300, 350)]
assert sorted(index.words.chunk_ids()) == expected, sorted(index.words.chunk_ids())
for again in (index, None):
    if again is None:
        index.close()
        again = LocalIndex(home, 256, clean=True, graph_from=None)
    for first in (0, 100, 300):
        ids, vectors = again.matrix.vectors_of(list(range(first, first + 50)))
        assert np.array_equal(vectors, batch(first)[1]), first
again.close()
"""


@pytest.mark.parametrize("room", [0, 3000, 110_000, 130_000])
def test_both_indexes_go_on_after_a_full_disk(tmp_path: Path, room: int) -> None:
    """What others had added before is not lost with it, and vectors keep their rows."""
    said = _run(INDEXES, str(tmp_path / "index"), str(tmp_path), str(room))
    assert "free some space" in said


@pytest.mark.parametrize("room", [0, 40_000, 200_000, 600_000])
def test_a_full_disk_is_told_and_the_next_sync_completes(tmp_path: Path, room: int) -> None:
    """Wherever it fills up: at the catalogue, the vectors or the words."""
    root = write_files(tmp_path / "files", {"leave.md": "# Leave\n\n25 days.\n"})
    assert "free some space" in _run(FULL, str(tmp_path / "home"), str(root), str(room))


def test_a_read_only_state_folder_is_told_at_the_start_and_later(
    tmp_path: Path,
) -> None:
    """With what to do; once it can be written again, the next sync completes."""
    home = tmp_path / "home"
    root = write_files(tmp_path / "files", {"leave.md": "# Leave\n\n25 days.\n"})
    with open_library(home) as library:
        add_source(library, root)
    _run(READ_ONLY, str(home), str(root))


def test_a_state_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A file stands where the folder should be made."""
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="state folder"):
        open_library(tmp_path / "file" / "home")
