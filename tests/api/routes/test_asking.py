"""Asking over HTTP: JSON, events, search, footnotes that open."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.conftest import Server

QUESTION = {"question": "How many days of annual leave do I have?"}


def _events(client: httpx.Client, body: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    events: list[tuple[str, dict[str, Any]]] = []
    headers = {"Accept": "text/event-stream"}
    with client.stream("POST", "/v1/ask", json=body, headers=headers) as answer:
        assert answer.status_code == 200
        name = ""
        for line in answer.iter_lines():
            if line.startswith("event:"):
                name = line[6:].strip()
            elif line.startswith("data:"):
                events.append((name, json.loads(line[5:])))
    return events


def test_an_answer_has_the_shape_of_the_contract(server: Server) -> None:
    """Every field that tools rely on."""
    answer = server.client(server.employee_key).post("/v1/ask", json=QUESTION).json()
    assert answer["status"] == "answered"
    assert answer["mode"] == "extractive"
    assert answer["id"].startswith("ans_")
    assert answer["conversation_id"].startswith("conv_")
    (statement,) = [one for one in answer["statements"] if "25 days" in one["text"]]
    assert statement["verdict"] == "supported"
    cited = answer["citations"][statement["citations"][0] - 1]
    assert cited["quote"] == statement["text"].rstrip(".") + "."
    assert {"document_id", "version", "title", "uri", "source", "page", "headings"} <= set(cited)
    assert {"retrieve_ms", "first_token_ms", "total_ms"} == set(answer["timings"])
    assert answer["usage"]["cost_usd"] == 0


def test_a_footnote_opens_exactly_what_it_cites(server: Server) -> None:
    """`text[start:end]` of the cited version is the quote."""
    client = server.client(server.employee_key)
    cited = client.post("/v1/ask", json=QUESTION).json()["citations"][0]
    url = f"/v1/documents/{cited['document_id']}"
    text = client.get(f"{url}/text", params={"version": cited["version"]}).json()
    assert text["text"][cited["start"] : cited["end"]] == cited["quote"]
    assert text["live_version"] == cited["version"]
    about = client.get(url).json()
    assert (about["title"], about["source"]) == ("Leave", "handbook")
    original = client.get(f"{url}/file")
    assert "25 days" in original.text


def test_events_tell_the_answer_as_it_comes_to_be(server: Server) -> None:
    """status, passages, token, answer, in this order."""
    events = _events(server.client(server.employee_key), QUESTION)
    names = [name for name, _ in events]
    assert names[0] == "status"
    assert names.index("passages") < names.index("token") < names.index("answer")
    assert names[-1] == "answer"
    assert events[-1][1]["status"] == "answered"


def test_a_refused_stream_says_why(server: Server) -> None:
    """As an `error` event that is a problem."""
    body = {**QUESTION, "conversation_id": "conv_of_somebody_else"}
    ((name, problem),) = _events(server.client(server.employee_key), body)
    assert name == "error"
    assert problem["status"] == 404


def test_chinese_is_answered_over_http(server: Server) -> None:
    """With its own words and path."""
    body = {"question": "住宿标准是每晚多少钱？"}
    answer = server.client(server.employee_key).post("/v1/ask", json=body).json()
    assert "五百元" in answer["text"]
    assert answer["citations"][0]["uri"].startswith("handbook/zh/")


def test_search_tells_where_and_why(server: Server) -> None:
    """Best first, with location and what matched."""
    client = server.client(server.employee_key)
    results = client.post("/v1/search", json={"query": "parking euros", "limit": 2}).json()[
        "results"
    ]
    assert results[0]["title"] == "Parking"
    assert results[0]["why"]["lexical_rank"] == 1
    assert "park" in results[0]["why"]["words"]
    assert len(results) <= 2


def test_a_conversation_goes_on_and_can_be_taken_along(server: Server) -> None:
    """Follow-up, list, export in every form, feedback, deletion."""
    client = server.client(server.employee_key)
    first = client.post("/v1/ask", json=QUESTION).json()
    follow = {
        "question": "And until when do they carry over?",
        "conversation_id": first["conversation_id"],
    }
    second = client.post("/v1/ask", json=follow).json()
    assert "31 March" in second["text"]
    url = f"/v1/conversations/{first['conversation_id']}"
    assert [one["id"] for one in client.get(url).json()["turns"]] == [first["id"], second["id"]]
    listed = client.get("/v1/conversations").json()["conversations"]
    assert first["conversation_id"] in [one["id"] for one in listed]
    for form in ("markdown", "json", "html"):
        export = client.get(f"{url}/export", params={"format": form})
        assert "25 days" in export.text
        assert export.headers["content-disposition"].startswith("attachment")
    rating = {"answer_id": first["id"], "rating": "up", "reason": "helpful"}
    assert client.post("/v1/feedback", json=rating).status_code == 204
    assert client.delete(url).status_code == 204
    assert client.get(url).status_code == 404


def test_eight_people_asking_at_once_all_get_their_answer(server: Server) -> None:
    """Requests side by side do not disturb each other."""

    def ask(_: int) -> str:
        with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client:
            headers = {"Authorization": f"Bearer {server.employee_key}"}
            answer = client.post("/v1/ask", json=QUESTION, headers=headers)
            text: str = answer.json()["text"]
            return text

    with ThreadPoolExecutor(8) as pool:
        assert all("25 days" in text for text in pool.map(ask, range(24)))


def test_a_reader_who_leaves_frees_their_place(own_server: Server) -> None:
    """A dropped stream ends the work behind it: more of them than places do not block."""
    client = own_server.client(own_server.employee_key)
    headers = {"Accept": "text/event-stream"}
    for _ in range(20):
        with client.stream("POST", "/v1/ask", json=QUESTION, headers=headers):
            pass
    assert client.post("/v1/ask", json=QUESTION).json()["status"] == "answered"


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b'{"question": ""}', 422, "question"),
        (b'{"question": "   "}', 422, "empty"),
        (json.dumps({"question": "x" * 4001}).encode(), 422, "question"),
        (b'{"question": "a\\u0000b"}', 422, "NUL"),
        (b'{"question": "a\\ud800b"}', 422, "surrogate"),
        (b'{"question": "a", "colour": 1}', 422, "colour"),
        (b'{"question": 5}', 422, "question"),
        (b'{"question": "a", "mode": "magic"}', 422, "mode"),
        (b'{"question": "leave", "mode": "generated"}', 422, "FOOTNOTE_LLM_BASE_URL"),
        (b'{"question": "a", "filters": {"languages": ["xx"]}}', 422, "languages"),
        (b'{"question"', 400, "JSON"),
        (b"", 422, "body"),
        (b"[1]", 422, "body"),
        (b'{"question": "a", "conversation_id": "nobody"}', 404, "conversation"),
    ],
)
def test_wrong_questions_are_refused_with_the_reason(
    server: Server, body: bytes, status: int, said: str
) -> None:
    """Never 500, always a problem that names what is wrong."""
    client = server.client(server.employee_key, **{"Content-Type": "application/json"})
    answer = client.post("/v1/ask", content=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert said.lower() in answer.json()["detail"].lower()


@pytest.mark.parametrize("sent", ["text/plain", "application/x-www-form-urlencoded"])
def test_what_is_not_json_is_refused_as_such(server: Server, sent: str) -> None:
    """415 with the header to send, as `curl -d` without it needs to hear."""
    client = server.client(server.employee_key, **{"Content-Type": sent})
    answer = client.post("/v1/ask", content=b'{"question": "leave"}')
    assert answer.status_code == 415
    assert "application/json" in answer.json()["detail"]


def test_a_body_that_is_too_large_is_not_read(server: Server) -> None:
    """Whether it says its size or not."""
    client = server.client(server.employee_key)
    large = b'{"question": "' + b"x" * 1_500_000 + b'"}'
    assert client.post("/v1/ask", content=large).status_code == 413

    def pieces() -> Any:
        for _ in range(20):
            yield b"x" * 100_000

    try:
        answer = client.post("/v1/ask", content=pieces())
    except httpx.HTTPError:
        return  # the server hung up while it was still being sent to, which is as good
    assert answer.status_code == 413
