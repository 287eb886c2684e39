"""Who may see what, over every read route."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import Server, running_server

SECRET = ("310,000", "Zebra pay", "hr/pay.md")


def _hr_document(server: Server) -> str:
    admin = server.client(server.admin_key)
    for one in admin.get("/v1/admin/documents").json()["documents"]:
        if one["path"] == "hr/pay.md":
            document_id: str = one["id"]
            return document_id
    raise AssertionError("the restricted document is not there")


def _everything_said(client: httpx.Client, document_id: str) -> str:
    """All that the read routes tell this reader."""
    said = [
        client.post("/v1/ask", json={"question": "What does the chief executive earn?"}).text,
        client.post("/v1/search", json={"query": "chief executive pay zebra", "limit": 50}).text,
        client.get("/v1/sources").text,
        client.get("/v1/conversations").text,
        client.get("/v1/me").text,
        client.get("/metrics").text,
        client.get("/readyz").text,
    ]
    for part in ("", "/text", "/file", "/text?version=1"):
        answer = client.get(f"/v1/documents/{document_id}{part}")
        said.append(answer.text)
    chat = {
        "model": "footnote",
        "messages": [{"role": "user", "content": "What does the chief executive earn?"}],
    }
    said.append(client.post("/v1/chat/completions", json=chat).text)
    return "\n".join(said)


def test_nothing_of_a_forbidden_document_is_told(server: Server) -> None:
    """No text, title, path or id, on any route; its very existence is not confirmed."""
    document_id = _hr_document(server)
    said = _everything_said(server.client(server.employee_key), document_id)
    assert not [one for one in (*SECRET, document_id) if one in said]
    missing = server.client(server.employee_key).get("/v1/documents/doc_that_never_was")
    forbidden = server.client(server.employee_key).get(f"/v1/documents/{document_id}")
    assert forbidden.status_code == missing.status_code == 404
    assert forbidden.json() == missing.json()
    assert "310,000" in _everything_said(server.client(server.hr_key), document_id)


def test_rights_withdrawn_are_withdrawn_from_what_was_said(own_server: Server) -> None:
    """A recorded answer, its exports and a follow-up hold nothing of what may not be read today."""
    reader = own_server.client(own_server.hr_key)
    asked = {"question": "What does the chief executive earn?"}
    answer = reader.post("/v1/ask", json=asked).json()
    url = f"/v1/conversations/{answer['conversation_id']}"
    follow = {"question": "And how much is that?", "conversation_id": answer["conversation_id"]}

    def said() -> str:
        exports = [
            reader.get(f"{url}/export", params={"format": form}).text
            for form in ("markdown", "json", "html")
        ]
        streamed = reader.post("/v1/ask", json=follow, headers={"Accept": "text/event-stream"})
        return "\n".join([reader.get(url).text, *exports, streamed.text])

    assert "310,000" in said()
    closed = {"name": "handbook", "path": str(own_server.root), "access": []}
    admin = own_server.client(own_server.admin_key)
    assert admin.post("/v1/admin/sources", json=closed).status_code == 201
    now = said()
    assert not [one for one in (*SECRET, answer["citations"][0]["document_id"]) if one in now]
    assert admin.delete("/v1/admin/sources/handbook").status_code == 204
    assert not [one for one in SECRET if one in said()]


def test_conversations_are_their_askers_alone(server: Server) -> None:
    """Nobody else reads, exports, rates, continues or deletes one, not even an admin."""
    answer = (
        server.client(server.hr_key).post("/v1/ask", json={"question": "Parking costs?"}).json()
    )
    url = f"/v1/conversations/{answer['conversation_id']}"
    for key in (server.employee_key, server.admin_key):
        other = server.client(key)
        assert other.get(url).status_code == 404
        assert other.get(f"{url}/export").status_code == 404
        assert other.delete(url).status_code == 404
        follow = {"question": "And?", "conversation_id": answer["conversation_id"]}
        assert other.post("/v1/ask", json=follow).status_code == 404
        rating = {"answer_id": answer["id"], "rating": "down"}
        assert other.post("/v1/feedback", json=rating).status_code == 404
        assert answer["conversation_id"] not in other.get("/v1/conversations").text
    assert server.client(server.hr_key).get(url).status_code == 200


@pytest.fixture(scope="module")
def ruled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose rules the property test changes."""
    base = tmp_path_factory.mktemp("ruled")
    with running_server(base) as server:
        yield server


@settings(max_examples=12, deadline=None)
@given(
    rules=st.lists(
        st.tuples(
            st.sampled_from(["hr/**", "**", "**/*.md", "hr/pay.md", "public/**"]),
            st.frozensets(st.sampled_from(["hr", "it", "everyone"]), max_size=2),
        ),
        max_size=3,
    ),
    groups=st.frozensets(st.sampled_from(["hr", "it"]), max_size=2),
)
def test_rules_decide_alone_and_at_once(
    ruled: Server, rules: list[tuple[str, frozenset[str]]], groups: frozenset[str]
) -> None:
    """For any rules and any groups: told if and only if the first matching rule allows it."""
    admin = ruled.client(ruled.admin_key)
    body = {
        "name": "handbook",
        "path": str(ruled.root),
        "access": [{"pattern": one, "groups": sorted(names)} for one, names in rules],
    }
    assert admin.post("/v1/admin/sources", json=body).status_code == 201
    first = next(
        (names for pattern, names in rules if pattern in ("hr/**", "**", "**/*.md", "hr/pay.md")),
        frozenset(),
    )
    allowed = bool(first & (groups | {"everyone"}))
    reader = ruled.client(ruled.make_key("employee", *groups))
    document_id = _hr_document(ruled)
    said = _everything_said(reader, document_id)
    if allowed:
        assert "310,000" in said
    else:
        assert not [one for one in (*SECRET, document_id) if one in said]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/admin/sources"),
        ("POST", "/v1/admin/sources"),
        ("DELETE", "/v1/admin/sources/x"),
        ("POST", "/v1/admin/sources/x/sync"),
        ("GET", "/v1/admin/jobs"),
        ("GET", "/v1/admin/jobs/x"),
        ("GET", "/v1/admin/jobs/x/events"),
        ("DELETE", "/v1/admin/jobs/x"),
        ("GET", "/v1/admin/documents"),
        ("DELETE", "/v1/admin/documents/x"),
        ("GET", "/v1/admin/keys"),
        ("POST", "/v1/admin/keys"),
        ("DELETE", "/v1/admin/keys/x"),
        ("GET", "/v1/admin/people"),
        ("POST", "/v1/admin/people"),
        ("DELETE", "/v1/admin/people/x"),
    ],
)
def test_admin_routes_are_for_admins(server: Server, method: str, path: str) -> None:
    """An employee gets 403, nobody 401."""
    assert server.client(server.employee_key).request(method, path).status_code == 403
    answer = server.client().request(method, path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "path", ["/v1/me", "/v1/sources", "/v1/conversations", "/v1/documents/x", "/v1/models"]
)
def test_reading_needs_a_key(server: Server, path: str) -> None:
    """Without one, with a wrong one, with another scheme: 401."""
    assert server.client().get(path).status_code == 401
    assert server.client("fn_wrong").get(path).status_code == 401
    assert server.client(Authorization="Basic eDp5").get(path).status_code == 401


def test_a_revoked_key_opens_nothing_from_that_moment(server: Server) -> None:
    """And an expired one neither."""
    admin = server.client(server.admin_key)
    made = admin.post("/v1/admin/keys", json={"name": "short"}).json()
    client = server.client(made["key"])
    assert client.get("/v1/me").status_code == 200
    assert admin.delete(f"/v1/admin/keys/{made['id']}").status_code == 204
    assert client.get("/v1/me").status_code == 401
    past = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    for moment in (past, "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"):
        refused = admin.post("/v1/admin/keys", json={"name": "late", "expires_at": moment})
        assert refused.status_code == 422
    assert admin.get("/v1/admin/keys").status_code == 200


def test_keys_are_listed_without_their_secrets(server: Server) -> None:
    """The secret is in the answer to its making and nowhere else."""
    listed = server.client(server.admin_key).get("/v1/admin/keys").text
    assert server.employee_key not in listed
    assert server.admin_key not in listed


def test_demo_is_for_this_machine_only(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No key is needed from here, but from a foreign page, name or proxy it is."""
    with running_server(tmp_path_factory.mktemp("demo"), demo=True) as server:
        assert server.client().get("/v1/me").json()["id"] == "demo"
        said = _everything_said(server.client(), _hr_document(server))
        assert "310,000" not in said
        for headers in (
            {"Host": "evil.example"},
            {"Origin": "https://evil.example"},
            {"X-Forwarded-For": "203.0.113.7"},
            {"Forwarded": "for=203.0.113.7"},
        ):
            assert server.client(**headers).get("/v1/me").status_code == 401
            refused = server.client(**headers).post("/v1/ask", json={"question": "Parking?"})
            assert refused.status_code == 401
        assert server.client().get("/v1/admin/keys").status_code == 403


def test_old_footnotes_open_what_was_cited_and_say_that_it_changed(own_server: Server) -> None:
    """The version that was cited stays, marked, until it is no longer kept."""
    reader = own_server.client(own_server.employee_key)
    answer = reader.post("/v1/ask", json={"question": "How many days of annual leave?"}).json()
    (first, *_) = answer["citations"]
    assert first["changed_since"] is False
    url = f"/v1/conversations/{answer['conversation_id']}"
    text = f"/v1/documents/{first['document_id']}/text"
    leave = own_server.root / "public" / "leave.md"
    for days in (26, 27):
        leave.write_text(f"# Leave\n\n## Annual leave\n\nEmployees have {days} days a year.\n")
        assert own_server.sync()["state"] == "done"
        (cited, *_) = reader.get(url).json()["turns"][0]["citations"]
        assert cited == {**first, "changed_since": True}
        kept = reader.get(text, params={"version": first["version"]}).json()
        assert kept["text"][first["start"] : first["end"]] == first["quote"]
        assert kept["changed_since"] is True
        assert reader.get(text).json()["changed_since"] is False
        for form in ("markdown", "html"):
            export = reader.get(f"{url}/export", params={"format": form}).text
            assert "changed since" in export
    leave.write_text("# Leave\n\n## Annual leave\n\nEmployees have 28 days a year.\n")
    assert own_server.sync()["state"] == "done"
    gone = reader.get(text, params={"version": first["version"]})
    assert gone.status_code == 404
    assert "no longer kept" in gone.json()["detail"]
