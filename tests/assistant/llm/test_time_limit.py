"""How long a reply is waited for."""

from __future__ import annotations

import httpx2
import pytest

from assistant.llm.time_limit import Limited, client_with_time_limit
from tests.assistant.llm_server import LlmServer, Reply


class Connection:
    """A connection on which each read takes so many seconds; it tells what it was asked for."""

    def __init__(self, takes_s: float) -> None:
        self.now = 0.0
        self.timeouts: list[float | None] = []
        self._takes_s = takes_s

    def clock(self) -> float:
        return self.now

    def read(self, _: int, timeout: float | None) -> bytes:
        self.timeouts.append(timeout)
        self.now += self._takes_s
        return b"x"


def test_a_reply_is_read_until_its_time_has_passed() -> None:
    """Each read may wait for what is left of the whole, not for the whole anew."""
    connection = Connection(takes_s=25)
    read = Limited(connection.read, 60, connection.clock, lambda: False)
    for _ in range(3):
        assert read(100, 50) == b"x"
    with pytest.raises(httpx2.ReadTimeout):
        read(100, 50)
    assert connection.timeouts == [50, 35, 10]


def test_time_between_two_reads_is_not_counted() -> None:
    """It is the reader's."""
    connection = Connection(takes_s=1)
    read = Limited(connection.read, 60, connection.clock, lambda: False)
    for _ in range(10):
        connection.now += 100
        read(100, None)
    assert connection.timeouts[-1] == 51


def test_a_reply_that_is_over_limits_nothing_more() -> None:
    """The connection is used for other replies."""
    connection = Connection(takes_s=100)
    over = False
    read = Limited(connection.read, 60, connection.clock, lambda: over)
    read(100, 60)
    over = True
    read(100, 7)
    read(100, None)
    assert connection.timeouts == [60, 7, None]


def test_each_reply_on_a_connection_has_its_own_limit(llm_server: LlmServer) -> None:
    """A kept connection is as good as a new one."""
    llm_server.default = Reply("So.", streams=False)
    now = 0.0
    with client_with_time_limit(lambda: now) as client:
        for _ in range(3):
            url = f"{llm_server.base_url}/chat/completions"
            sent = client.post(url, json={"messages": []}, timeout=60)
            assert "So." in sent.text
            now += 59
        assert llm_server.has_connections(1)


def test_the_limit_holds_for_what_really_is_read(llm_server: LlmServer) -> None:
    """The client's own reads are the ones that are limited: each looks at the clock."""
    llm_server.default = Reply(keepalives=True)
    looks = 0

    def clock() -> float:
        nonlocal looks
        looks += 1
        return looks * 20.0

    url = f"{llm_server.base_url}/chat/completions"
    with (
        client_with_time_limit(clock) as client,
        client.stream("POST", url, json={"messages": [], "stream": True}, timeout=110) as reply,
        pytest.raises(httpx2.ReadTimeout),
    ):
        for _ in reply.iter_raw():
            pass
    assert looks > 4
