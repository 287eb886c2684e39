"""Questions over HTTP at rest and while a full sync runs, to a server process of its own."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from pathlib import Path

import httpx

from tests.benchmarks.data import handbook, sets_folder
from tests.benchmarks.serving import running

QUESTIONS = 200
COPIES = 8


def run(folder: Path | None) -> dict[str, str]:
    """The same questions, at rest and during the first sync of several copies of a folder."""
    with tempfile.TemporaryDirectory() as base:
        small, big = Path(base) / "small", Path(base) / "big"
        documents = handbook(sets_folder())
        shutil.copytree(documents, small)
        for number in range(COPIES):
            shutil.copytree(folder or documents, big / str(number))
        with running(Path(base) / "home") as (client, _):
            _sync(client, "small", small, wait=True)
            while client.get("/readyz").json()["note"]:  # the vector graph is being filled
                time.sleep(0.1)
            rest = _ask(client, None)
            job_id = _sync(client, "big", big, wait=False)
            busy = _ask(client, job_id)
            _until_done(client, job_id)
    return {
        "at rest": _told(rest),
        "during a full sync": _told(busy),
        "p95, times that at rest": f"{_p95(busy) / _p95(rest):.1f}",
    }


def _sync(client: httpx.Client, name: str, root: Path, *, wait: bool) -> str:
    rules = [{"pattern": "**", "groups": ["everyone"]}] if name == "small" else []
    body = {"name": name, "path": str(root), "access": rules}
    assert client.post("/v1/admin/sources", json=body).status_code == 201
    job_id = str(client.post(f"/v1/admin/sources/{name}/sync").json()["job_id"])
    if wait:
        _until_done(client, job_id)
    return job_id


def _until_done(client: httpx.Client, job_id: str) -> None:
    while not _done(client, job_id):
        time.sleep(0.1)


def _done(client: httpx.Client, job_id: str) -> bool:
    return client.get(f"/v1/admin/jobs/{job_id}").json()["state"] not in ("queued", "running")


def _ask(client: httpx.Client, job_id: str | None) -> list[float]:
    """Milliseconds of questions asked one after the other, with a breath between; until the job
    is done."""
    times = []
    for number in range(QUESTIONS):
        if job_id is not None and number % 10 == 0 and _done(client, job_id):
            break
        began = time.perf_counter()
        body = {"question": f"How many days of vacation are there in year {number}?"}
        assert client.post("/v1/ask", json=body).status_code == 200
        times.append(1000 * (time.perf_counter() - began))
        time.sleep(0.05)
    return times[5:]


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[18]


def _told(times: list[float]) -> str:
    return f"p50 {statistics.median(times):.1f} ms, p95 {_p95(times):.1f} ms ({len(times)} asked)"
