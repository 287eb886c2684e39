"""Many at once, some of whom leave: places are given back, nobody stops the others."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from tests.assistant.llm_server import LlmServer, Reply, running_llm_server
from tests.conftest import Server, running_server

QUESTION = {"question": "How many days of annual leave do I have?"}
EVENTS = {"Accept": "text/event-stream"}
CROWD = 60  # more than the server has threads for requests


@pytest.fixture
def llm() -> Iterator[LlmServer]:
    """A language model's endpoint of the test's own."""
    with running_llm_server() as running:
        running.default = Reply("You have 25 days of annual leave a year [1].")
        yield running


@pytest.fixture
def narrow(tmp_path: Path, llm: LlmServer) -> Iterator[Server]:
    """A server that answers two questions at a time, with a language model."""
    with running_server(
        tmp_path, llm_base_url=llm.base_url, llm_model="small", ask_concurrency=2
    ) as running:
        yield running


def test_readers_who_leave_end_their_streams_cleanly(tmp_path: Path) -> None:
    """More of them than places do not block, and the server logs no error for any."""
    with capture_logs() as logged:
        with running_server(tmp_path) as server:
            client = server.client(server.employee_key)
            for _ in range(20):
                with client.stream("POST", "/v1/ask", json=QUESTION, headers=EVENTS):
                    pass
            assert client.post("/v1/ask", json=QUESTION).json()["status"] == "answered"
        asked = [one for one in logged if one.get("route") == "/v1/ask"]
    assert len(asked) == 21
    assert not [one for one in logged if one["log_level"] == "error"]


def test_those_who_wait_for_a_place_do_not_stop_others(narrow: Server, llm: LlmServer) -> None:
    """While a crowd waits for a slow model, documents open; afterwards everybody is answered."""
    go_on = threading.Event()
    slow = Reply("You have 25 days of annual leave a year [1].", hold_before=go_on, release_s=60)
    llm.default = slow
    together = threading.Barrier(CROWD + 1)

    def ask(number: int) -> str:
        headers = {"Authorization": f"Bearer {narrow.employee_key}"}
        with httpx.Client(
            base_url=narrow.url, headers=headers, trust_env=False, timeout=100
        ) as client:
            together.wait()
            if number % 3 == 0:
                return client.post("/v1/ask", json=QUESTION, headers=EVENTS).text
            if number % 3 == 1:
                return client.post("/v1/ask", json=QUESTION).text
            chat = {
                "model": "footnote",
                "stream": True,
                "messages": [{"role": "user", "content": QUESTION["question"]}],
            }
            return client.post("/v1/chat/completions", json=chat).text

    with ThreadPoolExecutor(CROWD) as crowd:
        waiting = [crowd.submit(ask, number) for number in range(CROWD)]
        reader = narrow.client(narrow.employee_key)
        together.wait()
        try:
            for _ in range(100):
                assert reader.get("/v1/sources", timeout=20).status_code == 200
            assert reader.get("/v1/models", timeout=20).status_code == 200
        finally:
            go_on.set()
        assert all("25 days" in one.result(100) for one in waiting)


def test_a_reader_who_leaves_before_the_model_speaks_gives_the_place_back(
    narrow: Server, llm: LlmServer
) -> None:
    """Two who leave while it thinks do not keep a third from being answered."""
    go_on, asked = threading.Event(), threading.Semaphore(0)

    def late(_: dict[str, Any]) -> Reply:
        asked.release()
        return Reply("You have 25 days of annual leave a year [1].", hold_before=go_on)

    llm.default = late
    client = narrow.client(narrow.employee_key)
    for _ in range(2):
        with client.stream("POST", "/v1/ask", json=QUESTION, headers=EVENTS) as answer:
            lines = answer.iter_lines()  # kept: dropping it would hang up at once
            assert next(lines).startswith("event: status")
            assert asked.acquire(timeout=60)
    go_on.set()
    assert "25 days" in client.post("/v1/ask", json=QUESTION).json()["text"]


def test_readers_do_not_wait_for_a_long_write(own_server: Server) -> None:
    """While a batch is being written, keys open, documents are read, passages are found."""
    key = own_server.make_key("employee", "it")  # its first use would be written down
    client = own_server.client(key)
    with own_server.runtime.library.catalogue.write():
        assert client.get("/v1/me", timeout=20).status_code == 200
        found = client.post("/v1/search", json={"query": "parking"}, timeout=20).json()["results"]
        url = f"/v1/documents/{found[0]['document_id']}/text"
        assert "Parking" in client.get(url, timeout=20).text


def test_the_use_of_a_key_is_noted(tmp_path: Path) -> None:
    """When it was last used is known after the server stopped, at the latest."""
    with running_server(tmp_path) as first:
        admin_key = first.admin_key
        first.client(first.hr_key).get("/v1/me")
    with running_server(tmp_path, fresh=False) as second:
        listed = second.client(admin_key).get("/v1/admin/keys").json()["keys"]
    used = {tuple(one["groups"]): one["last_used_at"] for one in listed}
    assert used["hr",] is not None
    assert used["it",] is None
