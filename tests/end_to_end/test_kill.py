"""Killed at any instant, every document is wholly old or wholly new, and nothing is lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from ingest.catalogue import documents, reading
from ingest.library import Library
from tests.folders import add_source, open_library, scope, sync, write_files

ROOT = Path(__file__).parents[2]
FILES = 160


def _write(root: Path, edition: int) -> dict[str, str]:
    """All files in one edition; each says in every sentence which one."""
    files = {
        f"{number % 8}/note{number}.md": f"# Note {number}\n\n"
        + f"Edition {edition} of note {number} is kept here. " * 40
        for number in range(FILES)
    }
    write_files(root, files)
    for path in files:
        os.utime(root / path, ns=(edition * 10**9, edition * 10**9))
    return files


def _live(library: Library) -> dict[str, str]:
    seen = scope(library)
    with library.catalogue.read() as connection:
        known = documents.known_files(connection, "handbook")
        return {
            path: reading.version_text(connection, one.document_id, None, seen).text
            for path, one in known.items()
            if one.live_version is not None
        }


def test_a_sync_killed_at_random_moments_leaves_whole_documents(tmp_path: Path) -> None:
    """SIGKILL during five syncs; after each, indexes and texts agree with the catalogue."""
    root, home = tmp_path / "files", tmp_path / "home"
    _write(root, 1)
    with open_library(home) as library:
        add_source(library, root)
        sync(library)
    chance = random.Random(5)
    names = ("PATH", "HOME", "LANG", "TMPDIR")
    env = {name: os.environ[name] for name in names if name in os.environ}
    env |= {"FOOTNOTE_HOME": str(home), "PYTHONPATH": str(ROOT)}
    for edition in range(2, 7):
        expected = _write(root, edition)
        process = subprocess.Popen(
            [sys.executable, "-m", "api", "sync"],
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            process.wait(chance.uniform(0.9, 3.0))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        with open_library(home) as library:
            live = _live(library)
            assert set(live) == set(expected)
            for text in live.values():
                editions = {f"Edition {one} " for one in range(1, edition + 1)}
                assert sum(one in text for one in editions) == 1
            with library.catalogue.read() as connection:
                rows = [row.chunk_id for row in reading.live_rows(connection)]
            assert sorted(library.index.matrix.ids()) == rows
            assert sorted(library.index.words.chunk_ids()) == rows
    with open_library(home) as library:
        sync(library)
        assert all("Edition 6 " in text for text in _live(library).values())
