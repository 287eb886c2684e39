"""Syncs of many small files: the first, unchanged ones, one changed file that is watched for.

`FOOTNOTE_BENCH_FILES=100000` measures more than the 10,000 that it takes by default.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from assistant.retrieval.retrieve import Retriever
from ingest.jobs.schedule import Schedule
from ingest.jobs.worker import Worker
from ingest.store.catalogue.sources import Source
from ingest.types import Scope
from tests.folders import OPEN_TO_ALL, add_source, open_library, scope, sync

FILES = int(os.environ.get("FOOTNOTE_BENCH_FILES", "10000"))
CHANGES = 5


def run(_: Path | None) -> dict[str, str]:
    """First sync, five of the unchanged folder, five changed files with watching on."""
    with tempfile.TemporaryDirectory() as base:
        root = Path(base) / "files"
        for number in range(FILES):
            folder = root / f"{number // 100:04}"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"note{number}.md").write_text(
                f"# Note {number}\n\nThe instrument {number} was checked on shelf {number % 97}.\n"
            )
        with open_library(Path(base) / "home") as library:
            add_source(library, root)
            began = time.perf_counter()
            sync(library)
            first = time.perf_counter() - began
            again = []
            for _ in range(5):
                began = time.perf_counter()
                assert sync(library).counts["unchanged"] == FILES
                again.append(time.perf_counter() - began)
            used = _peak()
            began = time.perf_counter()
            assert sync(library, reconcile=True).counts["unchanged"] == FILES
            compared = time.perf_counter() - began
            library.save_source(Source("handbook", str(root), access=OPEN_TO_ALL, watch=True))
            retriever = Retriever(
                library.catalogue, library.searchable, library.static_model, library.translations
            )
            seen = scope(library)
            visible = []
            with Worker(library) as worker:
                schedule = Schedule(library.catalogue, worker.submit, reconcile_hours=0)
                _until(lambda: schedule.outlook("handbook").watching)
                _until(lambda: all(job.state == "done" for job in worker.recent()))
                for change in range(CHANGES):
                    word = f"zeppelin{change}"
                    began = time.perf_counter()
                    (root / "0000" / "note7.md").write_text(f"# Note\n\nThe {word} landed.\n")
                    _until(lambda: word in _best(retriever, word, seen))  # noqa: B023 - called at once
                    visible.append(time.perf_counter() - began)
                schedule.close()
    return {
        f"first sync of {FILES} small files": f"{first:.1f} s ({FILES / first:.0f} files/s)",
        "unchanged, median of 5": f"{statistics.median(again):.2f} s",
        "content of every file compared, at half speed": f"{compared:.1f} s",
        "most memory of first and unchanged syncs": f"{used:.0f} MB",
        f"a saved file is found after, median of {CHANGES}": f"{statistics.median(visible):.2f} s",
    }


def _best(retriever: Retriever, question: str, seen: Scope) -> str:
    found = retriever.retrieve(retriever.analyse(question), seen, 1).found
    return found[0].chunk.text if found else ""


def _until(reached: Callable[[], bool]) -> None:
    tick = threading.Event()
    while not reached():
        tick.wait(0.02)


def _peak() -> float:
    """The most memory that this process has held, in megabytes (its parsers not counted)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0
