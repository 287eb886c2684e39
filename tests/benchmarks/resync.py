"""A second sync of an unchanged folder of 10,000 small files."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from tests.folders import add_source, open_library, sync

FILES = 10_000


def run(_: Path | None) -> dict[str, str]:
    """First sync, then five of the unchanged folder."""
    with tempfile.TemporaryDirectory() as base:
        root = Path(base) / "files"
        for number in range(FILES):
            folder = root / f"{number // 100:03}"
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
    return {
        f"first sync of {FILES} small files": f"{first:.1f} s ({FILES / first:.0f} files/s)",
        "unchanged, median of 5": f"{statistics.median(again):.2f} s",
    }
