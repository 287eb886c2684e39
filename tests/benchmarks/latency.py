"""Whole retrieval (both legs, second stage, access check) over 100,000 synthetic chunks."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from assistant.retrieve import Retriever
from tests.benchmarks.synthetic import fill
from tests.folders import open_library, scope

CHUNKS = 100_000
QUESTIONS = 300


def run(_: Path | None) -> dict[str, str]:
    """Questions of four words, one after the other, on the caught-up index."""
    with tempfile.TemporaryDirectory() as home, open_library(Path(home), graph=True) as library:
        began = time.perf_counter()
        words = fill(library, CHUNKS)
        filled = time.perf_counter() - began
        assert library.index.wait_for_graph(1800)
        caught_up = time.perf_counter() - began
        retriever = Retriever(
            library.catalogue,
            library.searchable,
            library.static_model,
            library.translations,
        )
        seen = scope(library)
        times = []
        for number in range(QUESTIONS + 20):
            question = " ".join(words[(number * 31 + i * 97) % 3000] for i in range(4))
            asked = time.perf_counter()
            retriever.retrieve(question, seen, 10)
            if number >= 20:
                times.append(1000 * (time.perf_counter() - asked))
    return {
        f"{CHUNKS} chunks written": f"{filled:.0f} s ({CHUNKS / filled:.0f} chunks/s)",
        "vector graph caught up after": f"{caught_up:.0f} s",
        "retrieval p50": f"{statistics.median(times):.1f} ms",
        "retrieval p95": f"{statistics.quantiles(times, n=20)[18]:.1f} ms",
    }
