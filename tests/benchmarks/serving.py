"""Start to ready on an existing index of 10,000 chunks, idle memory, a question over HTTP."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.benchmarks.synthetic import fill
from tests.folders import open_library

CHUNKS = 10_000
KEY = "fn_benchmark"


def run(_: Path | None) -> dict[str, str]:
    """A server process of its own, as a company runs it."""
    with tempfile.TemporaryDirectory() as base:
        home = Path(base) / "home"
        with open_library(home) as library:
            questions = fill(library, CHUNKS)
            assert library.index.wait_for_graph(600)
        began = time.perf_counter()
        with running(home) as (client, pid):
            ready = time.perf_counter() - began
            time.sleep(8)  # until the vector graph is open, which it is in the background
            idle = _memory(pid)
            times = []
            for number in range(200):
                asked = time.perf_counter()
                body = {"question": questions[number % len(questions)]}
                assert client.post("/v1/ask", json=body).status_code == 200
                times.append(1000 * (time.perf_counter() - asked))
            used = _memory(pid)
    return {
        f"start to readyz with {CHUNKS} chunks": f"{ready:.2f} s",
        "idle memory (resident)": f"{idle:.0f} MB",
        "memory after 200 questions": f"{used:.0f} MB",
        "a question over HTTP, p50": f"{statistics.median(times):.1f} ms",
        "a question over HTTP, p95": f"{statistics.quantiles(times, n=20)[18]:.1f} ms",
    }


@contextmanager
def running(home: Path) -> Iterator[tuple[httpx.Client, int]]:
    """A ready server process on a state folder: a client with an admin's key, and its id."""
    # Variables of benchmarks are none of the product's settings, which it would say.
    others = {name: value for name, value in os.environ.items() if not name.startswith("FOOTNOTE_")}
    env = {
        **others,
        "FOOTNOTE_HOME": str(home),
        "FOOTNOTE_ADMIN_KEY": KEY,
        "FOOTNOTE_LOG_LEVEL": "error",
        "FOOTNOTE_PORT": "8093",
    }
    command = [sys.executable, "-m", "api", "serve"]
    server = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    try:
        _wait()
        with httpx.Client(
            base_url="http://127.0.0.1:8093",
            headers={"Authorization": f"Bearer {KEY}"},
            timeout=60,
            trust_env=False,
        ) as client:
            yield client, server.pid
    finally:
        server.terminate()
        server.wait(60)


def _wait() -> None:
    began = time.perf_counter()
    while time.perf_counter() - began < 60:
        try:
            if httpx.get("http://127.0.0.1:8093/readyz", trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.02)
    raise RuntimeError("the server did not become ready")


def _memory(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS")
