"""Jobs and sources over HTTP: what waits says why, rests when told, and ends when told."""

from __future__ import annotations

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
