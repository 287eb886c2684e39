"""Generations over HTTP and on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.cli.test_commands import Shell
from tests.conftest import FILES, Server
from tests.folders import write_files


def test_another_generation_is_built_tried_and_left(own_server: Server) -> None:
    """Built in the background, live when it is whole, gone back from, dropped."""
    admin = own_server.client(own_server.admin_key)
    listed = admin.get("/v1/admin/generations").json()
    assert [(one["id"], one["state"]) for one in listed["generations"]] == [(1, "live")]
    assert listed["outdated"] is False
    body = {"chunk_tokens": 40, "chunk_max_tokens": 60}
    sent = admin.post("/v1/admin/generations", json=body)
    assert (sent.status_code, sent.json()["generation"]) == (202, 2)
    assert own_server.runtime.worker.wait(sent.json()["job_id"], 60).state == "done"
    job = admin.get(sent.headers["location"]).json()
    assert (job["kind"], job["generation"]) == ("generation", 2)
    states = {one["id"]: one["state"] for one in _listed(own_server)}
    assert states == {1: "kept", 2: "live"}
    asked = admin.post("/v1/ask", json={"question": "How many days of annual leave?"}).json()
    assert "25 days" in asked["text"]
    assert admin.delete("/v1/admin/generations/2").status_code == 409
    assert admin.post("/v1/admin/generations/2/switch").status_code == 409
    back = admin.post("/v1/admin/generations/1/switch").json()
    assert own_server.runtime.worker.wait(back["job_id"], 60).state == "done"
    assert admin.delete("/v1/admin/generations/2").status_code == 204
    assert [one["id"] for one in _listed(own_server)] == [1]


def _listed(server: Server) -> list[dict[str, str]]:
    found = server.client(server.admin_key).get("/v1/admin/generations").json()
    return list(found["generations"])


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("POST", "", {}, 409, "made in just this way"),
        ("POST", "", {"chunk_tokens": 300, "chunk_max_tokens": 100}, 422, "at least chunk_tokens"),
        ("POST", "", {"embedder": "nonsense"}, 422, "embedder must be"),
        ("POST", "", {"colour": "red"}, 422, "colour"),
        ("POST", "/9/switch", None, 404, "no generation 9"),
        ("DELETE", "/9", None, 404, "no generation 9"),
        ("DELETE", "/1", None, 409, "is live"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_reason(
    server: Server, method: str, path: str, body: object, status: int, said: str
) -> None:
    """And nobody but an admin is told anything."""
    url = f"/v1/admin/generations{path}"
    answer = server.client(server.admin_key).request(method, url, json=body)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text
    refused = server.client(server.employee_key).request(method, url, json=body)
    assert refused.status_code == 403


def test_the_command_line_builds_switches_and_drops(tmp_path: Path) -> None:
    """Each command says what is live now."""
    shell = Shell(tmp_path / "home", write_files(tmp_path / "files", FILES))
    shell.run("sync", "handbook", "--path", str(shell.files))
    said = shell.run("generations", "build", "--chunk-tokens", "40", "--chunk-max-tokens", "60")
    assert "generation 2 is live" in said
    assert "kept" in shell.run("generations", "list")
    assert "made in just this way" in shell.run(
        "generations", "build", "--chunk-tokens", "40", "--chunk-max-tokens", "60", ok=1
    )
    assert "generation 1 is live" in shell.run("generations", "switch", "1")
    assert "is dropped" in shell.run("generations", "drop", "2")
