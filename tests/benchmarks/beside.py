"""Questions over HTTP at rest and while a full sync runs, in one server process."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import threading
import time
from pathlib import Path

import httpx

from tests.benchmarks.indexing import default_folder
from tests.conftest import running_server

QUESTIONS = 150
COPIES = 6


def run(folder: Path | None) -> dict[str, str]:
    """The same questions, at rest and during the first sync of several copies of a folder."""
    with tempfile.TemporaryDirectory() as base:
        big = Path(base) / "big"
        for number in range(COPIES):
            shutil.copytree(folder or default_folder(), big / str(number))
        with running_server(Path(base), log_level="error") as server:
            client = server.client(server.employee_key)
            rest = _ask(client, lambda: False)
            admin = server.client(server.admin_key)
            body = {"name": "big", "path": str(big), "access": []}
            assert admin.post("/v1/admin/sources", json=body).status_code == 201
            began = time.perf_counter()
            job_id = admin.post("/v1/admin/sources/big/sync").json()["job_id"]
            done = threading.Event()
            waiting = threading.Thread(
                target=lambda: (server.runtime.worker.wait(job_id), done.set()), daemon=True
            )
            waiting.start()
            busy = _ask(client, done.is_set)
            finished = done.is_set()
            done.wait(600)
            spent = time.perf_counter() - began
    return {
        "at rest": _told(rest),
        f"during a full sync ({'it ended first' if finished else f'of {spent:.0f} s'})": _told(
            busy
        ),
        "p95, times that at rest": f"{_p95(busy) / _p95(rest):.1f}",
    }


def _ask(client: httpx.Client, stop: object) -> list[float]:
    times = []
    for number in range(QUESTIONS):
        if stop():  # type: ignore[operator]
            break
        began = time.perf_counter()
        body = {"question": f"How many days of annual leave are there in year {number}?"}
        assert client.post("/v1/ask", json=body).status_code == 200
        times.append(1000 * (time.perf_counter() - began))
        time.sleep(0.05)
    return times[5:]


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[18]


def _told(times: list[float]) -> str:
    return f"p50 {statistics.median(times):.1f} ms, p95 {_p95(times):.1f} ms ({len(times)} asked)"
