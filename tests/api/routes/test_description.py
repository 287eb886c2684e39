"""The API describes itself wholly, and what it sends is what it described."""

from __future__ import annotations

import json
import keyword
from typing import Any

import pytest

from tests.api.described import events_of
from tests.conftest import Server

QUESTION = {"question": "How many days of annual leave do I have?"}
EVENTS = {"Accept": "text/event-stream"}


def calls(server: Server) -> dict[str, dict[str, Any]]:
    """Every call by method and path."""
    return {
        f"{method.upper()} {path}": call
        for path, methods in server.described.spec["paths"].items()
        for method, call in methods.items()
    }


def bodies(server: Server) -> dict[str, dict[str, Any]]:
    """Every named body."""
    found: dict[str, dict[str, Any]] = server.described.spec["components"]["schemas"]
    return found


def test_calls_are_named_as_methods_are(server: Server) -> None:
    """Each `operationId` is a name of its own that a client can give to a method."""
    names = [call["operationId"] for call in calls(server).values()]
    assert len(set(names)) == len(names)
    assert [one for one in names if not one.isidentifier() or keyword.iskeyword(one)] == []
    assert {"ask", "search", "list_sources", "start_sync"} <= set(names)


def test_calls_stand_in_groups_that_are_explained(server: Server) -> None:
    """Each call has one tag, each tag words and calls, each call a sentence."""
    explained = {tag["name"] for tag in server.described.spec["tags"] if tag["description"]}
    used = [call["tags"] for call in calls(server).values()]
    assert {tag for (tag,) in used} == explained
    assert [name for name, call in calls(server).items() if not call.get("description")] == []


def test_whatever_is_sent_as_json_has_a_name(server: Server) -> None:
    """Requests and responses refer to named bodies; success without one says that it is empty."""
    for name, call in calls(server).items():
        sent = [call["requestBody"]] if "requestBody" in call else []
        for part in (*sent, *call["responses"].values()):
            for content in part.get("content", {}).values():
                schema = content["schema"]
                named = any("$ref" in one for one in schema.get("anyOf", [schema]))
                assert named or schema["type"] == "string", name
        success = [one for status, one in call["responses"].items() if status < "300"]
        assert len(success) == 1, name
        assert ("content" in success[0]) != ("204" in call["responses"]), name


def test_every_body_has_an_example_that_fits(server: Server) -> None:
    """Also of bodies inside others."""
    for name, schema in bodies(server).items():
        if "properties" in schema:
            (example,) = schema["examples"]
            server.described.must_fit(example, {"$ref": f"#/components/schemas/{name}"}, name)
            assert schema["description"], name


def test_nothing_is_described_that_no_call_uses(server: Server) -> None:
    """Every named body is one of a call's, or inside one."""
    spec = server.described.spec
    wanted, reached = [json.dumps(spec["paths"])], set()
    while wanted:
        text = wanted.pop()
        for name in bodies(server).keys() - reached:
            if f'"#/components/schemas/{name}"' in text:
                reached.add(name)
                wanted.append(json.dumps(bodies(server)[name]))
    assert bodies(server).keys() - reached == set()


def test_keys_are_declared_where_they_are_needed(server: Server) -> None:
    """Calls under /v1 need one, and say what happens without; health needs none."""
    schemes = server.described.spec["components"]["securitySchemes"]
    assert schemes["key"]["scheme"] == "bearer"
    assert "demo mode" in schemes["key"]["description"]
    for name, call in calls(server).items():
        secured = call.get("security") == [{"key": []}]
        assert secured == ("/v1/" in name), name
        assert not secured or "401" in call["responses"], name


def test_refusals_are_problems_or_of_openai_s_shape(server: Server) -> None:
    """Each refusal has a body with a name and words for when it comes."""
    for name, call in calls(server).items():
        for status, response in call["responses"].items():
            if status < "400" or name == "GET /readyz":
                continue
            assert response["description"], name
            ((kind, content),) = response["content"].items()
            expected = {"application/problem+json": "Problem", "application/json": "ChatError"}
            assert content["schema"]["$ref"].endswith(f"/{expected[kind]}"), f"{name} {status}"
            assert kind == "application/problem+json" or call["tags"] == ["openai"]


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/admin/jobs/{job}/events"])
def test_events_are_those_that_are_described(own_server: Server, path: str) -> None:
    """Each event has a described name, and data that fits its schema."""
    admin = own_server.client(own_server.admin_key)
    job = admin.post("/v1/admin/sources/handbook/sync", json={"force": True}).json()["job_id"]
    path = path.format(job=job)
    method, body = ("POST", QUESTION) if path == "/v1/ask" else ("GET", None)
    schemas = own_server.described.event_schemas(method, path)
    seen = set()
    with admin.stream(method, path, json=body, headers=EVENTS) as answer:
        for name, data in events_of(answer):
            own_server.described.must_fit(data, schemas[name], name)
            seen.add(name)
    assert seen == schemas.keys() - {"error"}


def test_openai_s_stream_is_described(server: Server) -> None:
    """Each piece fits the schema of a chunk, the last ones with usage and the whole answer."""
    body = {
        "model": "footnote",
        "messages": [{"role": "user", "content": QUESTION["question"]}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    answer = server.client(server.employee_key).post("/v1/chat/completions", json=body)
    lines = [line[6:] for line in answer.text.splitlines() if line.startswith("data: ")]
    assert lines.pop() == "[DONE]"
    for line in lines:
        server.described.must_fit(json.loads(line), {"$ref": "#/components/schemas/ChatChunk"}, "")
    assert any("footnote" in json.loads(line) for line in lines)


def test_verified_answers_cannot_be_asked_for(server: Server) -> None:
    """The refusal names the field and says what to do instead."""
    client = server.client(server.employee_key)
    refused = client.post("/v1/ask", json={**QUESTION, "mode": "verified"})
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith("mode: 'verified' cannot be asked for")
    assert "leave mode out" in refused.json()["detail"]
    for mode in ("extractive", None):
        assert client.post("/v1/ask", json={**QUESTION, "mode": mode}).status_code == 200
