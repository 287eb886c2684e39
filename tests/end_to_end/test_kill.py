"""Killed at any instant, every document is wholly old or wholly new, and nothing is lost.

Twenty kills run with the tests, over the sample company; `make torture` runs 300 over up to 2,000
real files (public handbooks where they are there).
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import func, select

from ingest.library import Library
from ingest.sources.walk import hash_file
from ingest.store.catalogue import generations
from ingest.store.catalogue.database import schema
from ingest.store.catalogue.documents.known import known_files
from ingest.store.catalogue.for_index import live_rows
from tests.benchmarks.indexing import sets_folder
from tests.folders import add_source, open_library, sync
from tests.ingest.models.embedders import Watched
from tests.repository import ROOT

KILLS = int(os.environ.get("TORTURE_KILLS", "20"))
FILES = int(os.environ.get("TORTURE_FILES", "60"))
TASKS = ("sync", "sync", "sync", "rebuild", "generation")

_CHILD = """
import sys, threading
from pathlib import Path
from ingest.store.catalogue import generations
from tests.folders import open_library, sync

library = open_library(Path(sys.argv[1]), graph_from=0)
print("open", flush=True)
if sys.argv[2] == "sync":
    sync(library, allow_mass_delete=True)
elif sys.argv[2] == "rebuild":
    library.rebuild()
else:
    with library.catalogue.read() as connection:
        known = generations.every(connection)
    others = [one.id for one in known if one.state != "live"]
    number = others[0] if others else library.begin_generation(chunk_tokens=90).id
    library.build_generation(number, lambda _: None, threading.Event())
library.close()
"""


def _corpus(root: Path) -> None:
    """Real files: of the public handbooks, as many as are wanted, else the sample company's."""
    found = [
        path
        for folder in sorted(sets_folder().glob("hb-*/files"))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    if FILES <= 100 or not found:
        found = [path for path in sorted((ROOT / "data/company").rglob("*")) if path.is_file()]
    for number, path in enumerate(found[:FILES]):
        target = root / str(number % 9) / f"{number}-{path.name}"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def _stir(root: Path, chance: random.Random, edition: int) -> None:
    """Some files are changed, moved, removed or added."""
    files = [path for path in sorted(root.rglob("*")) if path.is_file()]
    for path in chance.sample(files, max(3, len(files) // 4)):
        what = chance.choice(("change", "change", "move", "remove", "add"))
        if what == "change" and path.suffix in (".md", ".txt"):
            with path.open("a", encoding="utf-8") as file:
                file.write(f"\n\nEdition {edition} of this note adds a sentence.\n")
        elif what == "move":
            path.rename(path.with_name(f"m{edition}-{path.name}"))
        elif what == "remove" and len(files) > FILES // 2:
            path.unlink()
        elif what == "add":
            (path.parent / f"new{edition}-{path.stem[:20]}.md").write_text(
                f"# New {edition}\n\nText of {path.name} in edition {edition}.\n"
            )


def _known(library: Library) -> dict[str, str]:
    """Content hashes of the live documents, by path."""
    with library.catalogue.read() as connection:
        known = known_files(connection, "handbook").values()
        return {one.path: one.content_hash for one in known if one.live_version is not None}


def _there(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): hash_file(path)
        for path in root.rglob("*")
        if path.is_file()
    }


def _is_old_or_new(
    live: Mapping[str, str], before: Mapping[str, str], wanted: Mapping[str, str]
) -> bool:
    """Each document is there as it was or as it is to be; what stays was never away."""
    return all(
        live.get(path) in {before.get(path), wanted.get(path)} for path in {*live, *before, *wanted}
    )


def _kill_in_work(home: Path, task: str, after_s: float) -> None:
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(home), task],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        try:
            process.wait(after_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)


def _wait_until_checked(library: Library) -> None:
    tick = threading.Event()
    while "checked" in library.ready():
        tick.wait(0.01)


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_work_killed_at_random_moments_leaves_whole_documents(tmp_path: Path) -> None:
    """SIGKILL in syncs, rebuilds and switches of generations; each start finds all whole."""
    root, home = tmp_path / "files", tmp_path / "home"
    _corpus(root)
    chance = random.Random(5)
    longest = 0.02 * FILES
    with open_library(home) as library:
        add_source(library, root)
        sync(library)
    for number in range(KILLS):
        task = chance.choice(TASKS)
        if task == "sync":
            _stir(root, chance, number)
        with open_library(home) as library:
            before = _known(library)
        wanted = _there(root) if task == "sync" else before
        _kill_in_work(home, task, chance.uniform(0, longest))
        with open_library(home) as library:
            _wait_until_checked(library)
            live = _known(library)
            assert _is_old_or_new(live, before, wanted), (number, task)
            report = library.check(second_look_s=0)
            assert not report.found, (number, task, report.to_json())
    counted = Watched()
    with open_library(home, embedder=counted) as library:
        kept = _embeddings(library)
        sync(library, allow_mass_delete=True)
        assert counted.texts == _embeddings(library) - kept  # nothing is embedded twice
        with library.catalogue.read() as connection:
            unread = [
                one.path
                for one in known_files(connection, "handbook").values()
                if one.live_version is None
            ]
            assert generations.live(connection) is not None
            assert sum(1 for _ in live_rows(connection)) == library.index.count()
        assert _known(library) == {
            path: found for path, found in _there(root).items() if path not in unread
        }


def _embeddings(library: Library) -> int:
    with library.catalogue.read() as connection:
        return int(connection.scalar(select(func.count()).select_from(schema.embedding)) or 0)
