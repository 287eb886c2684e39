"""What admins do: sources, jobs, documents, people, operation."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Server


def _paths(server: Server) -> set[str]:
    listed = server.client(server.admin_key).get("/v1/admin/documents").json()["documents"]
    return {one["path"] for one in listed}


def test_a_job_tells_what_it_did_and_what_failed(server: Server) -> None:
    """Counts, and each file without text with its state and reason."""
    jobs = server.client(server.admin_key).get("/v1/admin/jobs").json()["jobs"]
    first = jobs[-1]
    assert first["state"] == "done"
    assert first["counts"]["added"] == 4
    (failure,) = first["failures"]
    assert (failure["path"], failure["state"]) == ("public/empty.md", "empty")
    assert failure["reason"]


def test_a_dry_run_gives_the_plan(own_server: Server) -> None:
    """And does nothing."""
    (own_server.root / "new.md").write_text("# New\n\nText.")
    job = own_server.sync(dry_run=True)
    assert job["plan"]["added"] == ["new.md"]
    assert "new.md" not in _paths(own_server)
    own_server.sync()
    assert "new.md" in _paths(own_server)


def test_job_events_end_with_the_job(own_server: Server) -> None:
    """A watcher sees the last state and is let go."""
    client = own_server.client(own_server.admin_key)
    job_id = client.post("/v1/admin/sources/handbook/sync").json()["job_id"]
    states = []
    with client.stream("GET", f"/v1/admin/jobs/{job_id}/events") as answer:
        for line in answer.iter_lines():
            if line.startswith("data:"):
                states.append(json.loads(line[5:])["state"])
    assert states[-1] == "done"


def test_a_removed_source_is_gone_from_answers_at_once(own_server: Server) -> None:
    """And from documents, search and the list of sources."""
    admin = own_server.client(own_server.admin_key)
    reader = own_server.client(own_server.employee_key)
    question = {"question": "How many days of annual leave do I have?"}
    document_id = reader.post("/v1/ask", json=question).json()["citations"][0]["document_id"]
    assert admin.delete("/v1/admin/sources/handbook").status_code == 204
    assert reader.post("/v1/ask", json=question).json()["status"] == "not_found"
    assert reader.get(f"/v1/documents/{document_id}").status_code == 404
    assert reader.get("/v1/sources").json() == {"sources": []}
    assert admin.delete("/v1/admin/sources/handbook").status_code == 404


def test_uploads_are_indexed_and_replaced(own_server: Server) -> None:
    """The same path again is a new version of the same document."""
    admin = own_server.client(own_server.admin_key)
    reader = own_server.client(own_server.employee_key)

    def upload(text: str) -> dict[str, object]:
        answer = admin.post(
            "/v1/admin/documents",
            files={"file": ("dogs.md", text.encode())},
            data={"groups": "everyone", "path": "pets/dogs.md"},
        )
        assert answer.status_code == 201, answer.text
        made: dict[str, object] = answer.json()
        return made

    first = upload("# Dogs\n\nDogs may come on Fridays only.\n")
    ask = {"question": "When may dogs come?"}
    assert "Fridays" in reader.post("/v1/ask", json=ask).json()["text"]
    second = upload("# Dogs\n\nDogs may come on Mondays only.\n")
    assert second["id"] == first["id"]
    assert second["version"] == 2
    text = reader.post("/v1/ask", json=ask).json()["text"]
    assert "Mondays" in text
    assert "Fridays" not in text
    assert admin.delete(f"/v1/admin/documents/{first['id']}").status_code == 204
    assert "Mondays" not in reader.post("/v1/ask", json=ask).json()["text"]


@pytest.mark.parametrize("path", ["../evil.md", "/../x.md", ".hidden", "a/../../b.md", "*.md", ""])
def test_uploads_stay_in_their_folder(server: Server, path: str) -> None:
    """Names that would leave it, or act as a rule for others, are refused."""
    answer = server.client(server.admin_key).post(
        "/v1/admin/documents",
        files={"file": ("..", b"x")},
        data={"path": path, "groups": "everyone"},
    )
    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize("groups", ["a\nb", "a\x00b", "x" * 201])
def test_groups_of_an_upload_are_checked(server: Server, groups: str) -> None:
    """As those of a source are; nothing is kept."""
    answer = server.client(server.admin_key).post(
        "/v1/admin/documents", files={"file": ("g.md", b"# G")}, data={"groups": groups}
    )
    assert answer.status_code == 422
    assert "groups" in answer.json()["detail"]
    assert "g.md" not in _paths(server)


def test_documents_are_listed_by_state(server: Server) -> None:
    """Each with its reason; a state that is not one is refused by name."""
    admin = server.client(server.admin_key)
    listed = admin.get("/v1/admin/documents", params={"state": "empty"}).json()
    assert [one["path"] for one in listed["documents"]] == ["public/empty.md"]
    assert listed["documents"][0]["reason"]
    refused = admin.get("/v1/admin/documents", params={"state": "lost"})
    assert refused.status_code == 422
    assert "state" in refused.json()["detail"]


def test_a_broken_upload_says_what_is_wrong(server: Server) -> None:
    """It is kept with its state, and the server goes on."""
    admin = server.client(server.admin_key)
    answer = admin.post("/v1/admin/documents", files={"file": ("b.pdf", b"%PDF-1.4 broken")})
    assert answer.status_code == 201
    body = answer.json()
    assert body["state"] == "failed"
    assert body["reason"]
    assert admin.delete(f"/v1/admin/documents/{body['id']}").status_code == 204


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"name": "x", "path": "/no/such/folder"}, "not a folder"),
        ({"name": "bad name!", "path": "/tmp"}, "name"),
        ({"name": "uploads", "path": "/tmp"}, "uploads"),
        ({"name": "x"}, "path"),
        ({"name": "x", "path": "/tmp", "access": [{"pattern": "**"}]}, "groups"),
    ],
)
def test_wrong_sources_are_refused(server: Server, body: dict[str, object], said: str) -> None:
    """With what is wrong about them."""
    answer = server.client(server.admin_key).post("/v1/admin/sources", json=body)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


def test_people_are_kept_by_address(server: Server) -> None:
    """Without regard to case."""
    admin = server.client(server.admin_key)
    body = {"email": "Ann@Example.org", "groups": ["hr"]}
    assert admin.post("/v1/admin/people", json=body).status_code == 201
    assert "ann@example.org" in admin.get("/v1/admin/people").text
    assert admin.delete("/v1/admin/people/ann@example.org").status_code == 204
    assert admin.delete("/v1/admin/people/ann@example.org").status_code == 404


def test_operation_routes_answer(server: Server) -> None:
    """Health, readiness, metrics without names, the reference without anything from outside."""
    client = server.client()
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json()["status"] == "ready"
    metrics = client.get("/metrics").text
    assert 'footnote_documents{state="indexed"}' in metrics
    assert "leave" not in metrics
    docs = client.get("/docs").text
    assert "/v1/ask" in docs
    assert "https://" not in docs.replace("https://example", "")
    described = client.get("/openapi.json").json()["paths"]
    refused = described["/v1/ask"]["post"]["responses"]
    assert "application/problem+json" in refused["401"]["content"]
    assert list(refused["422"]["content"]) == ["application/problem+json"]


def test_pages_come_with_their_guards(server: Server) -> None:
    """The page and the passage viewer, under a strict policy."""
    client = server.client()
    for path in ("/", "/d/doc_x?version=1&start=0&end=4"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
    assert client.get("/web/ask/app.js").status_code == 200


def test_an_original_page_never_runs_here(server: Server) -> None:
    """HTML originals are downloads in a sandbox."""
    client = server.client(server.employee_key)
    (found,) = client.post("/v1/search", json={"query": "parking", "limit": 1}).json()["results"]
    original = client.get(f"/v1/documents/{found['document_id']}/file")
    assert original.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in original.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/admin/keys", 403),
        ("GET", "/nothing", 404),
        ("PUT", "/v1/ask", 405),
        ("GET", "/v1/documents/x/text", 404),
    ],
)
def test_every_refusal_is_a_problem(server: Server, method: str, path: str, status: int) -> None:
    """RFC 9457, also where the framework refuses."""
    answer = server.client(server.employee_key).request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail"} == set(answer.json())
