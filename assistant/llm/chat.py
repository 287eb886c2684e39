"""The language model: any OpenAI-compatible endpoint, through LangChain's chat model.

What a client library raises ends here as `LlmError`; its message never holds the prompt, and the
library's own exception, which may quote it, is not chained, since tracebacks are logged.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from assistant.errors import LlmError
from assistant.llm.refusals import CutReply, llm_error, parameter_to_leave_out
from assistant.llm.retry import Tries
from assistant.llm.thoughts import ThoughtFilter
from assistant.llm.time_limit import client_with_time_limit
from assistant.llm.tokens import estimate_tokens
from assistant.types import Completion, Message, Usage

if TYPE_CHECKING:
    import httpx2
    from langchain_core.messages import AIMessage
    from langchain_openai import ChatOpenAI

_CONNECT_S = 5.0


class ChatLlm:
    """A chat model behind `base_url`. Thread-safe; the client is made at the first request.

    `timeout_s` bounds what is waited for a whole reply, repeated tries included. Failures that
    may pass are tried again as long as nothing of the reply has been handed on. Parameters that
    the endpoint refuses by name are left out from then on.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key: str | None = None,
        timeout_s: float = 60.0,
        max_tokens: int = 800,
        temperature: float = 0.0,
        price_prompt_usd_per_million: float = 0.0,
        price_completion_usd_per_million: float = 0.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base_url = base_url
        self._model = model
        self._api_key = api_key
        self._timeout_s = timeout_s
        self._max_tokens = max_tokens
        self._temperature = temperature
        self._prices = (price_prompt_usd_per_million, price_completion_usd_per_million)
        self._sleep = sleep
        self._clock = clock
        self._client: ChatOpenAI | None = None
        self._http: httpx2.Client | None = None
        self._making = threading.Lock()
        self._refused: frozenset[str] = frozenset()

    @property
    def model(self) -> str:
        """The model's name, as the endpoint knows it."""
        return self._model

    def warm_up(self) -> None:
        """Loads the client library (seconds), so that the first question need not wait for it."""
        self._chat_model()

    def close(self) -> None:
        """Ends the connections to the endpoint."""
        with self._making:
            if self._http is not None:
                self._http.close()
            self._client = self._http = None

    def complete(self, messages: Sequence[Message]) -> Completion:
        """The whole reply. Raises what `stream` raises."""
        reply = self.stream(messages)
        while True:
            try:
                next(reply)
            except StopIteration as end:
                completion: Completion = end.value
                return completion

    def stream(self, messages: Sequence[Message]) -> Generator[str, None, Completion]:
        """The reply in pieces as they arrive; together they are the text of what is returned.

        Closing the generator ends the request. Its steps may be taken by different threads.

        Raises:
            LlmError: the endpoint failed; `retryable` says if it may answer later.
        """
        deadline = self._clock() + self._timeout_s
        tries = Tries(deadline, self._clock, self._sleep)
        refused = self._refused
        while True:
            reply = _Reply()
            try:
                yield from self._pieces(messages, deadline, refused, reply)
            except _Failure as failure:
                error = self._error(failure.cause)
                if reply.parts:
                    raise error from None
                parameter = parameter_to_leave_out(failure.cause, refused)
                if parameter is not None:
                    refused |= {parameter}
                else:
                    tries.wait(failure.cause, error)
            else:
                self._refused = refused
                text = "".join(reply.parts)
                return Completion(text, self._usage(messages, text, reply.counted))

    def _usage(
        self, messages: Sequence[Message], text: str, counted: tuple[int, int] | None
    ) -> Usage:
        """The endpoint's own count, or an estimate where it gives none."""
        prompt, completion = counted or (0, 0)
        prompt = prompt or sum(estimate_tokens(one.content) for one in messages)
        completion = completion or estimate_tokens(text)
        price_prompt, price_completion = self._prices
        cost = (prompt * price_prompt + completion * price_completion) / 1_000_000
        return Usage(self._model, prompt, completion, cost)

    def _pieces(
        self,
        messages: Sequence[Message],
        deadline: float,
        refused: frozenset[str],
        reply: _Reply,
    ) -> Generator[str, None, None]:
        """One try, without what the model thinks aloud; `reply` keeps what has come."""
        thoughts = ThoughtFilter()
        with closing(self._chunks(messages, deadline, refused)) as chunks:
            for chunk in chunks:
                if self._clock() > deadline:
                    raise _Failure(TimeoutError())
                if chunk.usage_metadata:
                    used = chunk.usage_metadata
                    reply.counted = (used["input_tokens"], used["output_tokens"])
                if piece := thoughts.feed(str(chunk.text)):
                    reply.parts.append(piece)
                    handed_on = self._clock()
                    yield piece
                    # What the reader takes is no fault of the endpoint.
                    deadline += self._clock() - handed_on
        if piece := thoughts.flush():
            reply.parts.append(piece)
            yield piece

    def _chunks(
        self, messages: Sequence[Message], deadline: float, refused: frozenset[str]
    ) -> Generator[AIMessage, None, None]:
        """One request; whatever the client library raises comes out as `_Failure`."""
        from langsmith import tracing_context

        ended = False
        with closing(self._request(messages, self._options(deadline, refused), refused)) as reply:
            while True:
                try:
                    # Documents go to the configured endpoint only, not to a tracing service that
                    # the environment may name. Entered anew for each chunk: the next one may be
                    # fetched by another thread.
                    with tracing_context(enabled=False):
                        chunk = next(reply, None)
                except Exception as exc:
                    raise _Failure(exc) from None
                if chunk is None:
                    break
                ended = ended or bool(chunk.response_metadata.get("finish_reason"))
                yield chunk
        if not ended:
            # The client takes a connection that merely closes for the reply's end.
            raise _Failure(CutReply())

    def _request(
        self, messages: Sequence[Message], options: dict[str, Any], refused: frozenset[str]
    ) -> Generator[AIMessage, None, None]:
        """The reply in pieces, or in one where the endpoint does not stream."""
        chat_model = self._chat_model()
        pairs = [(one.role, one.content) for one in messages]
        if "stream" in refused:
            yield chat_model.invoke(pairs, **options)
        else:
            counted = "stream_options" not in refused
            yield from chat_model.stream(pairs, stream_usage=counted, **options)

    def _options(self, deadline: float, refused: frozenset[str]) -> dict[str, Any]:
        from openai import Timeout

        remaining = max(0.001, deadline - self._clock())
        options: dict[str, Any] = {
            "timeout": Timeout(remaining, connect=min(_CONNECT_S, remaining))
        }
        if "temperature" not in refused:
            options["temperature"] = self._temperature
        # Most servers know `max_tokens` only; OpenAI's newer models refuse it and name the other.
        if "max_tokens" not in refused:
            options["extra_body"] = {"max_tokens": self._max_tokens}
        elif "max_completion_tokens" not in refused:
            options["max_completion_tokens"] = self._max_tokens
        return options

    def _chat_model(self) -> ChatOpenAI:
        with self._making:
            if self._client is None:
                from langchain_openai import ChatOpenAI
                from pydantic import SecretStr

                self._http = client_with_time_limit(self._clock)
                self._client = ChatOpenAI(
                    model=self._model,
                    base_url=self._base_url,
                    # Never the OPENAI_API_KEY of the environment: it may be another endpoint's.
                    api_key=SecretStr(self._api_key or "none"),
                    max_retries=0,
                    use_responses_api=False,
                    http_client=self._http,
                )
            return self._client

    def _error(self, cause: Exception) -> LlmError:
        return llm_error(cause, f"{self._model} at {urlsplit(self._base_url).hostname}")


class _Reply:
    """What has come of a reply: its text in parts, and the endpoint's count of tokens."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.counted: tuple[int, int] | None = None


class _Failure(Exception):
    """What the client library raised, on its way to becoming an `LlmError`."""

    def __init__(self, cause: Exception) -> None:
        super().__init__()
        self.cause = cause
