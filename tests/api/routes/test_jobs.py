"""Jobs and sources over HTTP: what waits says why, rests when told, and ends when told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Server


def test_a_paused_source_waits_and_goes_on(own_server: Server) -> None:
    """Its job has a reason and no place in the queue; it can be resumed or cancelled."""
    admin = own_server.client(own_server.admin_key)
    (own_server.root / "new.md").write_text("# New\n\nText.\n")
    paused = admin.post("/v1/admin/sources/handbook/pause")
    assert (paused.status_code, paused.json()["paused"]) == (200, True)
    job_id = admin.post("/v1/admin/sources/handbook/sync").json()["job_id"]
    job = admin.get(f"/v1/admin/jobs/{job_id}").json()
    assert (job["state"], job["position"]) == ("queued", None)
    assert "footnote sources resume handbook" in job["waiting"]
    (listed,) = [j for j in admin.get("/v1/admin/jobs").json()["jobs"] if j["id"] == job_id]
    assert listed == job
    ended = admin.post(f"/v1/admin/jobs/{job_id}/cancel")
    assert (ended.status_code, ended.json()["state"]) == (200, "cancelled")
    job_id = admin.post("/v1/admin/sources/handbook/sync").json()["job_id"]
    assert admin.post("/v1/admin/sources/handbook/resume").json()["paused"] is False
    assert own_server.runtime.worker.wait(job_id, 60).state == "done"
    job = admin.get(f"/v1/admin/jobs/{job_id}").json()
    assert (job["counts"]["added"], job["waiting"], job["stage"]) == (1, "", "")
    assert job["worker"]
    assert job["heartbeat_at"]


@pytest.mark.parametrize(
    "path", ["jobs/job_none/cancel", "sources/nowhere/pause", "sources/nowhere/resume"]
)
def test_what_is_not_there_cannot_be_told(server: Server, path: str) -> None:
    """And only admins may tell."""
    assert server.client(server.admin_key).post(f"/v1/admin/{path}").status_code == 404
    assert server.client(server.employee_key).post(f"/v1/admin/{path}").status_code == 403
    assert server.client().post(f"/v1/admin/{path}").status_code == 401


def test_a_watched_folder_is_indexed_as_it_changes(own_server: Server) -> None:
    """Nobody tells the server, and the source's state tells what happens by itself."""
    admin = own_server.client(own_server.admin_key)
    (source,) = admin.get("/v1/admin/sources").json()["sources"]
    assert source["watching"] is False
    fields = ("name", "path", "access")
    body = {name: source[name] for name in fields} | {"watch": True, "interval_s": 600}
    assert admin.post("/v1/admin/sources", json=body).status_code == 201
    _until(lambda: _source(own_server)["watching"])
    (own_server.root / "zeppelin.md").write_text("# Zeppelins\n\nZeppelins land on the roof.\n")
    _until(lambda: "zeppelin.md" in _first_path(own_server, "Where do zeppelins land?"))
    told = _source(own_server)
    assert told["unwatched_because"] == ""
    assert told["synced_at"]
    assert 0 < told["next_sync_in_s"] <= 600
    assert 0 < told["next_reconcile_in_s"] <= 24 * 3600


def test_a_source_says_why_its_last_sync_failed(own_server: Server) -> None:
    """Until one ends well."""
    admin = own_server.client(own_server.admin_key)
    away = own_server.root.rename(own_server.root.with_name("unplugged"))
    for place, expected in ((None, "is not a folder"), (own_server.root, "")):
        if place is not None:
            away.rename(place)
        sent = admin.post("/v1/admin/sources/handbook/sync")
        own_server.runtime.worker.wait(sent.json()["job_id"], 60)
        told = _source(own_server)["last_error"]
        assert expected in told
        assert bool(told) == bool(expected)


def test_all_content_can_be_compared_by_hand(own_server: Server) -> None:
    """The reconcile is an option of a sync, and is noted with the source."""
    admin = own_server.client(own_server.admin_key)
    assert _source(own_server)["reconciled_at"] is None
    sent = admin.post("/v1/admin/sources/handbook/sync", json={"reconcile": True})
    assert own_server.runtime.worker.wait(sent.json()["job_id"], 60).state == "done"
    assert _source(own_server)["reconciled_at"]


def _source(server: Server) -> dict[str, Any]:
    (found,) = server.client(server.admin_key).get("/v1/admin/sources").json()["sources"]
    return dict(found)


def _first_path(server: Server, query: str) -> str:
    admin = server.client(server.admin_key)
    results = admin.post("/v1/search", json={"query": query}).json()["results"]
    return str(results[0]["uri"]) if results else ""


def _until(reached: Callable[[], bool]) -> None:
    """Waits for what a thread of the server brings about."""
    tick = threading.Event()
    for _ in range(600):
        if reached():
            return
        tick.wait(0.05)
    raise AssertionError("it never came to that")
