"""What a server was told before it stopped, it still knows afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingest.errors import HomeLocked
from tests.conftest import Server, running_server

QUESTION = {"question": "How many days of annual leave do I have?"}


def _known(server: Server, admin_key: str, employee_key: str) -> dict[str, Any]:
    """All that the routes tell of what is kept."""
    admin, reader = server.client(admin_key), server.client(employee_key)
    listed = reader.get("/v1/conversations").json()["conversations"]

    def read(path: str) -> Any:
        return admin.get(path).json()

    return {
        "sources": [
            {name: value for name, value in one.items() if not name.endswith("_in_s")}
            for one in read("/v1/admin/sources")["sources"]
        ],
        "documents": read("/v1/admin/documents"),
        "people": read("/v1/admin/people"),
        "keys": [(one["id"], one["role"], one["groups"]) for one in read("/v1/admin/keys")["keys"]],
        "conversations": [reader.get(f"/v1/conversations/{one['id']}").json() for one in listed],
        "found": reader.post("/v1/search", json={"query": "annual leave"}).json(),
        "me": reader.get("/v1/me").json(),
    }


def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    """Keys, people, sources, documents, uploads, conversations, and what is found."""
    with running_server(tmp_path) as first:
        admin_key, employee_key = first.admin_key, first.employee_key
        admin = first.client(admin_key)
        admin.post("/v1/admin/people", json={"email": "ann@example.org", "groups": ["hr"]})
        upload = {"file": ("dogs.md", b"# Dogs\n\nDogs may come on Fridays.\n")}
        made = admin.post("/v1/admin/documents", files=upload, data={"groups": "everyone"})
        assert made.status_code == 201
        asked = first.client(employee_key).post("/v1/ask", json=QUESTION).json()
        before = _known(first, admin_key, employee_key)
        assert before["conversations"][0]["turns"][0]["id"] == asked["id"]
    with running_server(tmp_path, fresh=False) as second:
        assert second.admin_key == ""  # the first key is made, and told, only once
        assert _known(second, admin_key, employee_key) == before
        follow = {**QUESTION, "conversation_id": asked["conversation_id"]}
        again = second.client(employee_key).post("/v1/ask", json=follow).json()
        assert again["text"] == asked["text"]


def test_two_servers_never_open_one_home(tmp_path: Path) -> None:
    """The second is refused with what to do, and the first goes on."""
    with running_server(tmp_path) as server:
        with (
            pytest.raises(HomeLocked, match="another Footnote process"),
            running_server(tmp_path, fresh=False),
        ):
            raise AssertionError("the second server started")
        assert server.client(server.employee_key).get("/v1/me").status_code == 200
