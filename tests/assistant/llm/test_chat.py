"""The language model client, over real HTTP against a scripted endpoint."""

from __future__ import annotations

import contextvars
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from assistant.errors import LlmError
from assistant.llm.chat import ChatLlm
from assistant.llm.retry import MAX_TRIES
from assistant.types import Message
from tests.assistant.drained import drained
from tests.assistant.llm_server import LlmServer, Reply

SECRET = "salary of Ada"
PROMPT = [Message("system", "Be brief."), Message("user", f"What is the {SECRET}?")]


class Waits:
    """Stands in for `time.sleep`: records what would have been waited."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@contextmanager
def chat(server: LlmServer, waits: Waits | None = None, **more: Any) -> Iterator[ChatLlm]:
    """A client of the scripted endpoint that never really sleeps."""
    llm = ChatLlm(server.base_url, "scripted", sleep=waits or Waits(), **more)
    try:
        yield llm
    finally:
        llm.close()


def test_reply_is_streamed_piece_by_piece_and_returned_whole(llm_server: LlmServer) -> None:
    """The pieces come as sent; together they are the completion."""
    llm_server.default = Reply(pieces=("Leave ", "is 25", " days [1].", "好"))
    with chat(llm_server) as llm:
        done, tokens = drained(llm.stream(PROMPT))
        assert llm.complete(PROMPT) == done
    assert tokens == ["Leave ", "is 25", " days [1].", "好"]
    assert done.text == "Leave is 25 days [1].好"


def test_request_carries_messages_model_and_limits(llm_server: LlmServer) -> None:
    """The endpoint gets what was configured, in the fields that most servers know."""
    with chat(llm_server, max_tokens=77, temperature=0.25, api_key="k1") as llm:
        llm.complete(PROMPT)
    sent = llm_server.requests[0]
    assert [(m["role"], m["content"]) for m in sent["messages"]] == [
        ("system", "Be brief."),
        ("user", f"What is the {SECRET}?"),
    ]
    assert (sent["model"], sent["max_tokens"], sent["temperature"]) == ("scripted", 77, 0.25)
    assert "max_completion_tokens" not in sent
    assert llm_server.headers[0]["authorization"] == "Bearer k1"


def test_usage_is_the_endpoints_count_and_costs_what_the_prices_say(
    llm_server: LlmServer,
) -> None:
    """Tokens as reported; dollars a million tokens."""
    llm_server.reply(Reply(pieces=("a", "b", "c", "d")))
    prices: dict[str, Any] = {
        "price_prompt_usd_per_million": 2.0,
        "price_completion_usd_per_million": 10.0,
    }
    with chat(llm_server, **prices) as llm:
        usage = llm.complete(PROMPT).usage
    assert (usage.model, usage.prompt_tokens, usage.completion_tokens) == ("scripted", 8, 4)
    assert usage.cost_usd == pytest.approx((8 * 2 + 4 * 10) / 1e6)


def test_tokens_are_estimated_where_the_endpoint_counts_none(llm_server: LlmServer) -> None:
    """A cost report is never silently empty."""
    llm_server.reply(Reply("one two three", usage=False))
    with chat(llm_server) as llm:
        usage = llm.complete(PROMPT).usage
    assert usage.prompt_tokens >= 8
    assert usage.completion_tokens == 3


@pytest.mark.parametrize(
    "message",
    ["Unrecognized request argument supplied: stream_options", "bad request", "Extra inputs"],
)
@pytest.mark.parametrize("status", [400, 422])
def test_endpoint_that_rejects_stream_options_still_answers(
    llm_server: LlmServer, status: int, message: str
) -> None:
    """It is asked again without, and later requests leave the parameter out at once."""
    llm_server.fail(status, message)
    llm_server.reply("So.", "Again.")
    with chat(llm_server) as llm:
        assert llm.complete(PROMPT).text == "So."
        assert llm.complete(PROMPT).text == "Again."
    assert ["stream_options" in sent for sent in llm_server.requests] == [True, False, False]


def test_endpoint_that_wants_other_parameters_gets_them(llm_server: LlmServer) -> None:
    """OpenAI's reasoning models refuse `max_tokens` and a temperature."""
    llm_server.fail(
        400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
    )
    llm_server.fail(400, "Unsupported value: 'temperature' does not support 0.0 with this model.")
    llm_server.reply("So.")
    with chat(llm_server, max_tokens=77) as llm:
        assert llm.complete(PROMPT).text == "So."
    last = llm_server.requests[-1]
    assert "max_tokens" not in last
    assert "temperature" not in last
    assert last["max_completion_tokens"] == 77


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503])
def test_passing_failures_are_tried_again(llm_server: LlmServer, status: int) -> None:
    """One bad answer of the endpoint is not the asker's trouble."""
    llm_server.fail(status)
    llm_server.reply("So.")
    waits = Waits()
    with chat(llm_server, waits) as llm:
        assert llm.complete(PROMPT).text == "So."
    assert waits.seconds == [0.5]


def test_tries_are_bounded(llm_server: LlmServer) -> None:
    """An endpoint that stays down is given up after a few tries, as retryable."""
    llm_server.default = Reply(status=500)
    waits = Waits()
    with chat(llm_server, waits) as llm, pytest.raises(LlmError, match="HTTP 500") as caught:
        llm.complete(PROMPT)
    assert caught.value.retryable
    assert len(llm_server.requests) == MAX_TRIES
    assert waits.seconds == [0.5, 1.0]


def test_retry_after_is_obeyed(llm_server: LlmServer) -> None:
    """The pause is the one that the endpoint asks for."""
    llm_server.fail(429, headers={"Retry-After": "3"})
    llm_server.reply("So.")
    waits = Waits()
    with chat(llm_server, waits) as llm:
        llm.complete(PROMPT)
    assert waits.seconds == [3.0]


@pytest.mark.parametrize(("retry_after", "timeout_s"), [("3600", 60.0), ("5", 4.0)])
def test_too_long_a_pause_is_a_failure(
    llm_server: LlmServer, retry_after: str, timeout_s: float
) -> None:
    """Nobody waits an hour, or longer than the time limit, for a language model."""
    llm_server.fail(429, headers={"Retry-After": retry_after})
    waits = Waits()
    with (
        chat(llm_server, waits, timeout_s=timeout_s) as llm,
        pytest.raises(LlmError, match="too often") as caught,
    ):
        llm.complete(PROMPT)
    assert caught.value.retryable
    assert waits.seconds == []


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (401, None, "FOOTNOTE_LLM_API_KEY"),
        (403, None, "FOOTNOTE_LLM_API_KEY"),
        (404, "model_not_found", "FOOTNOTE_LLM_MODEL"),
        (413, None, "FOOTNOTE_LLM_CONTEXT_TOKENS"),
        (400, "context_length_exceeded", "FOOTNOTE_LLM_CONTEXT_TOKENS"),
        (429, "insufficient_quota", "quota"),
        (418, None, "HTTP 418"),
    ],
)
def test_lasting_failures_are_not_tried_again_and_say_what_to_do(
    llm_server: LlmServer, status: int, code: str | None, says: str
) -> None:
    """A wrong key stays wrong; the message names the setting."""
    llm_server.fail(status, f"you asked: {SECRET}", code=code)
    with chat(llm_server) as llm, pytest.raises(LlmError, match=says) as caught:
        llm.complete(PROMPT)
    assert not caught.value.retryable
    assert len(llm_server.requests) == 1


def test_stream_cut_before_the_first_token_is_tried_again(llm_server: LlmServer) -> None:
    """Nothing has been shown yet, so nobody notices."""
    llm_server.reply(Reply(raw=b"not json at all"), "So.")
    with chat(llm_server) as llm:
        assert llm.complete(PROMPT).text == "So."


def test_error_inside_the_stream_after_the_first_token_is_raised(llm_server: LlmServer) -> None:
    """A half shown reply is never begun again."""
    good = json.dumps({"choices": [{"index": 0, "delta": {"content": "Half"}}]})
    bad = json.dumps({"error": {"message": f"about {SECRET}"}})
    llm_server.reply(
        Reply(raw=f"data: {good}\n\ndata: {bad}\n\n".encode()),
        "never fetched",
    )
    with chat(llm_server) as llm:
        reply = llm.stream(PROMPT)
        assert next(reply) == "Half"
        with pytest.raises(LlmError, match="broke off") as caught:
            next(reply)
    assert caught.value.retryable
    assert llm_server.waiting == 1


def test_connection_cut_in_mid_reply_is_noticed(llm_server: LlmServer) -> None:
    """A reply without its end is a failure, not a short answer."""
    llm_server.reply(Reply(pieces=("Leave ", "is ", "25"), cut_after=2))
    with chat(llm_server) as llm, pytest.raises(LlmError, match="broke off"):
        llm.complete(PROMPT)


@pytest.mark.parametrize(
    "raw",
    [b"", b"<html>proxy login</html>", b"data: {oops\n\n", b'{"choices": null}', b"[]", b"null"],
)
def test_malformed_replies_become_llm_errors(llm_server: LlmServer, raw: bytes) -> None:
    """Whatever bytes come back, the failure has one type."""
    llm_server.default = Reply(raw=raw)
    with chat(llm_server) as llm, pytest.raises(LlmError) as caught:
        llm.complete(PROMPT)
    assert caught.value.retryable


def test_endpoint_that_cannot_stream_still_answers(llm_server: LlmServer) -> None:
    """Some servers answer a streaming request with one JSON body."""
    llm_server.default = Reply("Leave is 25 days.", streams=False)
    with chat(llm_server) as llm:
        done, tokens = drained(llm.stream(PROMPT))
    assert done.text == "Leave is 25 days."
    assert tokens == ["Leave is 25 days."]
    assert done.usage.prompt_tokens == 8


def test_endpoint_that_is_not_there_is_a_retryable_error() -> None:
    """Connection refused says to look at the address."""
    llm = ChatLlm("http://127.0.0.1:9/v1", "scripted", sleep=Waits())
    with pytest.raises(LlmError, match="FOOTNOTE_LLM_BASE_URL") as caught:
        llm.complete(PROMPT)
    llm.close()
    assert caught.value.retryable


def test_silent_endpoint_runs_into_the_time_limit(llm_server: LlmServer) -> None:
    """No first byte within the limit: an error that says so."""
    release = threading.Event()
    llm_server.reply(Reply("late", hold_before=release))
    with (
        chat(llm_server, timeout_s=0.2) as llm,
        pytest.raises(LlmError, match="in time") as caught,
    ):
        llm.complete(PROMPT)
    release.set()
    assert caught.value.retryable


def test_comments_do_not_lengthen_the_time_limit(llm_server: LlmServer) -> None:
    """An endpoint that only says that it is still there is given up like a silent one."""
    llm_server.reply(Reply(keepalives=True))
    with chat(llm_server, timeout_s=0.2) as llm, pytest.raises(LlmError, match="in time"):
        llm.complete(PROMPT)


def test_endpoint_that_stops_half_way_runs_into_the_time_limit(llm_server: LlmServer) -> None:
    """What has come is no answer; nothing is asked again."""
    llm_server.reply(Reply(pieces=("Leave ", "is ", "25"), stalls_after=2), "never fetched")
    with (
        chat(llm_server, timeout_s=0.5) as llm,
        pytest.raises(LlmError, match="in time") as caught,
    ):
        llm.complete(PROMPT)
    assert caught.value.retryable
    assert llm_server.waiting == 1


class Clock:
    """A clock that a test can put forward."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead_s


def test_time_that_the_reader_takes_is_not_counted(llm_server: LlmServer) -> None:
    """Somebody with a bad line gets the whole reply."""
    llm_server.reply(Reply(pieces=("Leave ", "is ", "25")))
    clock = Clock()
    with chat(llm_server, clock=clock) as llm:
        pieces = []
        for piece in llm.stream(PROMPT):
            pieces.append(piece)
            clock.ahead_s += 3600
    assert pieces == ["Leave ", "is ", "25"]


def test_failure_of_the_receiver_is_not_the_models(llm_server: LlmServer) -> None:
    """What is thrown into the stream, a client that has gone, passes through unchanged."""
    llm_server.reply(Reply(pieces=("Leave ", "is "), stalls_after=1), "never fetched")
    with chat(llm_server) as llm:
        reply = llm.stream(PROMPT)
        next(reply)
        with pytest.raises(ConnectionResetError):
            reply.throw(ConnectionResetError("client left"))
        assert llm_server.has_connections(0)
    assert llm_server.waiting == 1


def test_closing_the_stream_hangs_up(llm_server: LlmServer) -> None:
    """An endpoint does not go on writing, and costing, for nobody."""
    llm_server.reply(Reply(pieces=("Leave ", "is "), stalls_after=1))
    with chat(llm_server) as llm:
        reply = llm.stream(PROMPT)
        next(reply)
        assert llm_server.has_connections(1)
        reply.close()
        assert llm_server.has_connections(0)


def test_each_step_may_be_taken_by_another_thread(llm_server: LlmServer) -> None:
    """As a web server does, with a context of its own for each; closing is a step too."""
    llm_server.reply(Reply(pieces=("Leave ", "is ", "25")), Reply("So it is.", piece_size=2))

    def step(run: Callable[[], str | None]) -> str | None:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(contextvars.Context().run, run).result()

    with chat(llm_server) as llm:
        whole, left = llm.stream(PROMPT), llm.stream(PROMPT)
        taken = [step(lambda: next(whole, None)) for _ in range(4)]
        assert taken == ["Leave ", "is ", "25", None]
        assert step(lambda: next(left)) == "So"
        assert step(left.close) is None
        assert llm_server.has_connections(0)


def test_close_ends_the_connections_to_the_endpoint(llm_server: LlmServer) -> None:
    """One that is kept for the next question goes too; a question after that opens a new one."""
    llm_server.default = Reply("So.", streams=False)
    with chat(llm_server) as llm:
        llm.complete(PROMPT)
        llm.complete(PROMPT)
        assert llm_server.has_connections(1)
        llm.close()
        assert llm_server.has_connections(0)
        assert llm.complete(PROMPT).text == "So."
    assert llm_server.has_connections(0)


def test_a_thought_that_breaks_off_leaves_no_trace_in_the_next_try(llm_server: LlmServer) -> None:
    """Each try is read from its beginning."""
    llm_server.reply(Reply(pieces=("<think>hm, ", "25?"), cut_after=1), "It is 25.")
    with chat(llm_server) as llm:
        assert llm.complete(PROMPT).text == "It is 25."


@pytest.mark.parametrize("piece_size", [1, 4, 100])
def test_thoughts_are_left_out(llm_server: LlmServer, piece_size: int) -> None:
    """What a reasoning model thinks aloud first is neither streamed nor returned."""
    llm_server.reply(Reply("<think>\nhm, 25?\n</think>\n\nIt is <b>25</b>.", piece_size=piece_size))
    with chat(llm_server) as llm:
        done, tokens = drained(llm.stream(PROMPT))
    assert done.text == "It is <b>25</b>."
    assert "".join(tokens) == "It is <b>25</b>."


def test_key_of_another_endpoint_is_never_sent(
    llm_server: LlmServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OPENAI_API_KEY in the environment belongs to OpenAI, not to the configured server."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-openai")
    with chat(llm_server) as llm:
        llm.complete(PROMPT)
    assert "sk-of-openai" not in json.dumps(llm_server.headers)


def test_nothing_is_sent_to_a_tracing_service(
    llm_server: LlmServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LangSmith switched on in the environment does not get the documents."""
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.setenv("LANGSMITH_API_KEY", "ls-key")
    monkeypatch.setenv("LANGSMITH_ENDPOINT", llm_server.base_url)
    with chat(llm_server) as llm:
        llm.complete(PROMPT)
    from langchain_core.tracers.langchain import wait_for_all_tracers

    wait_for_all_tracers()
    assert len(llm_server.requests) == 1


def test_requests_of_many_threads_do_not_mix(llm_server: LlmServer) -> None:
    """Each thread gets the reply to its own question."""
    llm_server.default = lambda request: Reply(request["messages"][-1]["content"] * 20)
    with chat(llm_server) as llm, ThreadPoolExecutor(8) as pool:
        questions = [f"q{n} " for n in range(24)]
        replies = pool.map(lambda q: llm.complete([Message("user", q)]).text, questions)
    assert list(replies) == [q * 20 for q in questions]


def test_a_logged_traceback_holds_nothing_of_the_prompt(llm_server: LlmServer) -> None:
    """Endpoints echo what they were sent; their exception is not chained to ours."""
    import traceback

    llm_server.fail(400, f"cannot handle {SECRET}")
    llm_server.fail(400, f"cannot handle {SECRET}")
    with chat(llm_server) as llm, pytest.raises(LlmError) as caught:
        llm.complete(PROMPT)
    assert SECRET not in "".join(traceback.format_exception(caught.value))
