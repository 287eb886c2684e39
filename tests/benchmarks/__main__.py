"""`python -m tests.benchmarks [NAME …]`: runs benchmarks and prints their tables."""

from __future__ import annotations

import argparse
import json
import os
import sys
from functools import partial
from pathlib import Path

from tests.benchmarks import (
    answering,
    beside,
    constants,
    encoding,
    indexing,
    latency,
    resync,
    serving,
)
from tests.benchmarks.data import described, sets_folder

BENCHMARKS = {
    "answering": answering.run,
    "beside": beside.run,
    "encoding": encoding.run,
    "indexing": indexing.run,
    "resync": resync.run,
    "serving": serving.run,
    "latency": latency.run,
}


CONSTANTS = "constants"
"""Takes an hour with many sets, so it is run only where it is named."""


def main() -> None:
    """Runs what is named, all but `constants` by default; `--json FILE` keeps the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    names = ", ".join([*BENCHMARKS, CONSTANTS])
    parser.add_argument("names", nargs="*", metavar="NAME", help=names)
    parser.add_argument("--folder", type=Path, help="documents to index (default: see README)")
    parser.add_argument("--json", type=Path, help="where to keep the figures")
    parser.add_argument("--only", default="", help="constants: only those with this in their name")
    parser.add_argument("--limit", type=int, help="constants: questions of each set")
    given = parser.parse_args()
    benchmarks = BENCHMARKS | {
        CONSTANTS: partial(constants.run, only=given.only, limit=given.limit)
    }
    unknown = set(given.names) - set(benchmarks)
    if unknown:
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    print(described(sets_folder()), flush=True)
    results = {}
    for name in given.names or BENCHMARKS:
        print(f"\n## {name} (load average {os.getloadavg()[0]:.1f})", flush=True)
        results[name] = benchmarks[name](given.folder)
        for label, value in results[name].items():
            print(f"  {label:<58} {value}", flush=True)
    if given.json:
        given.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
