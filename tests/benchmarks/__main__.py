"""`python -m tests.benchmarks [NAME …]`: runs benchmarks and prints their tables."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from tests.benchmarks import beside, encoding, indexing, latency, resync, serving
from tests.benchmarks.data import described, sets_folder

BENCHMARKS = {
    "beside": beside.run,
    "encoding": encoding.run,
    "indexing": indexing.run,
    "resync": resync.run,
    "serving": serving.run,
    "latency": latency.run,
}


def main() -> None:
    """Runs what is named, everything by default; `--json FILE` keeps the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--folder", type=Path, help="documents to index (default: see README)")
    parser.add_argument("--json", type=Path, help="where to keep the figures")
    given = parser.parse_args()
    unknown = set(given.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    print(described(sets_folder()), flush=True)
    results = {}
    for name in given.names or BENCHMARKS:
        print(f"\n## {name} (load average {os.getloadavg()[0]:.1f})", flush=True)
        results[name] = BENCHMARKS[name](given.folder)
        for label, value in results[name].items():
            print(f"  {label:<58} {value}", flush=True)
    if given.json:
        given.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
