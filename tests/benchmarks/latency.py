"""Whole retrieval (both legs, second stage, access check) over 100,000 chunks, by who asks.

`FOOTNOTE_BENCH_CHUNKS=1000000` measures a million (an hour to fill, 6 GB of disk). Text and
questions are those of `synthetic`; the embeddings are the built-in model's own.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path

from assistant.retrieval.retrieve import Retriever
from ingest.store.index.local import GRAPH_FROM
from tests.benchmarks.synthetic import SHARES, fill
from tests.folders import open_library, scope

CHUNKS = int(os.environ.get("FOOTNOTE_BENCH_CHUNKS", "100000"))
QUESTIONS = 300


def run(_: Path | None) -> dict[str, str]:
    """Real questions, one after the other, on the caught-up index."""
    with tempfile.TemporaryDirectory() as home, open_library(Path(home)) as library:
        began = time.perf_counter()
        questions = fill(library, CHUNKS)
        filled = time.perf_counter() - began
        assert library.index.wait_for_graph()
        caught_up = time.perf_counter() - began
        retriever = Retriever(
            library.catalogue, library.searchable, library.static_model, library.translations
        )
        out = {f"{CHUNKS} chunks written": f"{filled:.0f} s ({CHUNKS / filled:.0f} chunks/s)"}
        if CHUNKS >= GRAPH_FROM:
            out["vector graph caught up after"] = f"{caught_up:.0f} s"
        for group, percent in SHARES.items():
            seen = scope(library, group)
            times = []
            for number in range(QUESTIONS + 20):
                asked = time.perf_counter()
                retriever.retrieve(retriever.analyse(questions[number % len(questions)]), seen, 10)
                if number >= 20:
                    times.append(1000 * (time.perf_counter() - asked))
            p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[18]
            out[f"retrieval, {percent} % may be read"] = f"p50 {p50:.1f} ms, p95 {p95:.1f} ms"
        out["memory (resident)"] = f"{_memory():.0f} MB"
    return out


def _memory() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0
