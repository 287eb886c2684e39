"""The language model: any OpenAI-compatible endpoint, through LangChain's chat model.

The home of langchain and openai. What a client library raises ends here as `LlmError`; its
message never holds the prompt, and the library's own exception, which may quote it, is not
chained, since tracebacks are logged.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from assistant.errors import LlmError
from assistant.llm.thoughts import ThoughtFilter
from assistant.llm.tokens import estimate_tokens
from assistant.types import Completion, Message, Usage

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage
    from langchain_openai import ChatOpenAI

MAX_TRIES = 3
MAX_WAIT_S = 8.0
"""An endpoint that asks for a longer pause than this has failed: somebody is waiting."""
_FIRST_WAIT_S = 0.5
_CONNECT_S = 5.0
_OPTIONAL = ("stream_options", "temperature", "max_completion_tokens", "max_tokens")


class ChatLlm:
    """A chat model behind `base_url`. Thread-safe; the client is made at the first request.

    `timeout_s` bounds a whole reply, repeated tries included. Failures that may pass are tried
    again (at most `MAX_TRIES` in all) as long as nothing of the reply has been handed on.
    Parameters that the endpoint refuses by name are left out from then on.
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
        self._http: Any = None
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

    def complete(
        self, messages: Sequence[Message], on_token: Callable[[str], None] | None = None
    ) -> Completion:
        """The whole reply; `on_token` receives each piece as it arrives.

        Raises:
            LlmError: the endpoint failed; `retryable` says if it may answer later.
        """
        deadline = self._clock() + self._timeout_s
        thoughts = ThoughtFilter()
        parts: list[str] = []
        counted: dict[str, int] = {}

        def hand_on(piece: str) -> None:
            if piece:
                parts.append(piece)
                if on_token is not None:
                    on_token(piece)

        for chunk in self._chunks(messages, deadline, handed_on=lambda: bool(parts)):
            if chunk.usage_metadata:
                counted = {
                    "prompt": chunk.usage_metadata["input_tokens"],
                    "completion": chunk.usage_metadata["output_tokens"],
                }
            hand_on(thoughts.feed(str(chunk.text)))
        hand_on(thoughts.flush())
        text = "".join(parts)
        return Completion(text, self._usage(messages, text, counted))

    def _usage(self, messages: Sequence[Message], text: str, counted: dict[str, int]) -> Usage:
        """The endpoint's own count, or an estimate where it gives none."""
        prompt = counted.get("prompt") or sum(estimate_tokens(one.content) for one in messages)
        completion = counted.get("completion") or estimate_tokens(text)
        price_prompt, price_completion = self._prices
        cost = (prompt * price_prompt + completion * price_completion) / 1_000_000
        return Usage(self._model, prompt, completion, cost)

    def _chunks(
        self, messages: Sequence[Message], deadline: float, handed_on: Callable[[], bool]
    ) -> Iterator[AIMessage]:
        """The reply's chunks; what fails before anything was handed on is tried again."""
        tries = 0
        refused = self._refused
        while True:
            try:
                yield from self._stream(messages, deadline, refused)
            except _Failure as failure:
                if handed_on():
                    raise self._error(failure.cause) from None
                parameter = _refused_parameter(failure.cause, refused)
                if parameter is not None:
                    refused |= {parameter}
                    continue
                tries += 1
                wait = _wait_s(failure.cause, tries)
                error = self._error(failure.cause)
                out_of_time = self._clock() + wait >= deadline
                if not error.retryable or tries >= MAX_TRIES or wait > MAX_WAIT_S or out_of_time:
                    raise error from None
                self._sleep(wait)
            else:
                self._refused = refused
                return

    def _stream(
        self, messages: Sequence[Message], deadline: float, refused: frozenset[str]
    ) -> Iterator[AIMessage]:
        """One request; whatever the client library raises comes out as `_Failure`."""
        from langsmith import tracing_context

        options = self._options(deadline, refused)
        try:
            # Documents go to the configured endpoint only, not to a tracing service that the
            # environment may name.
            with tracing_context(enabled=False):
                stream = self._request([_pair(one) for one in messages], options, refused)
        except Exception as exc:
            raise _Failure(exc) from None
        ended = False
        while True:
            try:
                with tracing_context(enabled=False):
                    chunk = next(stream, None)
            except Exception as exc:
                raise _Failure(exc) from None
            if chunk is None:
                if not ended:
                    # The client takes a connection that merely closes for the reply's end.
                    raise _Failure(_CutReply()) from None
                return
            ended = ended or bool(chunk.response_metadata.get("finish_reason"))
            if self._clock() > deadline:
                raise _Failure(TimeoutError()) from None
            yield chunk

    def _request(
        self, messages: list[tuple[str, str]], options: dict[str, Any], refused: frozenset[str]
    ) -> Iterator[AIMessage]:
        """The reply in pieces, or in one where the endpoint does not stream."""
        chat_model = self._chat_model()
        if "stream" in refused:
            return iter([chat_model.invoke(messages, **options)])
        return chat_model.stream(messages, stream_usage="stream_options" not in refused, **options)

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

                self._http = _client_with_time_limit(self._clock)
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


class _CutReply(Exception):
    """The stream ended without saying that the reply has."""


class _Failure(Exception):
    """What the client library raised, on its way to becoming an `LlmError`."""

    def __init__(self, cause: Exception) -> None:
        super().__init__()
        self.cause = cause


def llm_error(cause: Exception, model: str) -> LlmError:
    """What a failure of the client library means, said without anything of the prompt."""
    words, retryable = _meaning(cause)
    return LlmError(f"The language model {model} {words}.", retryable=retryable)


def _meaning(cause: Exception) -> tuple[str, bool]:
    import openai

    if isinstance(cause, openai.APITimeoutError | TimeoutError):
        return "did not answer in time (FOOTNOTE_LLM_TIMEOUT_S)", True
    if isinstance(cause, openai.APIConnectionError):
        return "cannot be reached: is it running, and is FOOTNOTE_LLM_BASE_URL right?", True
    if isinstance(cause, openai.APIResponseValidationError):
        return "sent a reply that cannot be read", True
    if isinstance(cause, openai.APIStatusError):
        return _meaning_of_status(cause.status_code, cause.code or "", str(cause).lower())
    if isinstance(cause, openai.ContentFilterFinishReasonError):
        return "refused the question or its passages (content filter)", False
    if isinstance(cause, openai.LengthFinishReasonError):
        return "reached its length limit (FOOTNOTE_LLM_MAX_TOKENS)", False
    if isinstance(cause, openai.APIError):
        if _is_overflow(cause.code or "", str(cause).lower()):
            return _OVERFLOW
        return "broke off its reply", True
    if isinstance(
        cause,
        _CutReply | openai.WebSocketConnectionClosedError | openai.WebSocketQueueFullError,
    ):
        return "broke off its reply", True
    if isinstance(cause, openai.OpenAIError):
        return f"cannot be asked ({type(cause).__name__}): check FOOTNOTE_LLM_API_KEY", False
    return f"sent a reply that cannot be read ({type(cause).__name__})", True


_OVERFLOW = ("cannot take so long a prompt: lower FOOTNOTE_LLM_CONTEXT_TOKENS", False)


def _meaning_of_status(status: int, code: str, words: str) -> tuple[str, bool]:
    if status in (401, 403):
        return f"refused the key (HTTP {status}): check FOOTNOTE_LLM_API_KEY", False
    if status == 404:
        return (
            "is not known there (HTTP 404): check FOOTNOTE_LLM_MODEL and FOOTNOTE_LLM_BASE_URL",
            False,
        )
    if status == 413 or _is_overflow(code, words):
        return _OVERFLOW
    if status == 429 and (code == "insufficient_quota" or "insufficient_quota" in words):
        return "has no quota left (HTTP 429)", False
    if status == 429:
        return "is asked too often just now (HTTP 429)", True
    if status in (408, 409, 425) or status >= 500:
        return f"failed (HTTP {status})", True
    return f"refused the request (HTTP {status})", False


def _is_overflow(code: str, words: str) -> bool:
    return code == "context_length_exceeded" or any(
        sign in words
        for sign in ("context_length", "context length", "context window", "prompt is too long")
    )


def _refused_parameter(cause: Exception, refused: frozenset[str]) -> str | None:
    """The optional parameter to leave out after the endpoint refused the request, if any.

    A refusal that names none is put down to `stream_options`, the youngest of them, once.
    """
    import openai

    if isinstance(cause, ValueError) and "stream" not in refused:
        # LangChain found no event in the body: perhaps it is one JSON document.
        return "stream"
    if not isinstance(cause, openai.BadRequestError | openai.UnprocessableEntityError):
        return None
    words = str(cause).lower()
    if _is_overflow(cause.code or "", words):
        return None
    left = [name for name in _OPTIONAL if name not in refused]
    if "max_tokens" in left:
        # The usual refusal names both: use B instead of A.
        left = [name for name in left if name != "max_completion_tokens"]
    named = [name for name in left if name in words or name == cause.param]
    if not named and "stream_options" in left:
        named = ["stream_options"]
    return named[0] if named else None


def _wait_s(cause: Exception, tries: int) -> float:
    """Seconds before the next try: what the endpoint asks for, or 0.5, 1, 2, …"""
    import openai

    if isinstance(cause, openai.APIStatusError):
        try:
            return max(0.0, float(cause.response.headers.get("retry-after", "")))
        except ValueError:
            pass
    return float(_FIRST_WAIT_S * 2 ** (tries - 1))


def _pair(message: Message) -> tuple[str, str]:
    return message.role, message.content


def _client_with_time_limit(clock: Callable[[], float]) -> Any:
    """An HTTP client whose read limit bounds the whole reply, not only each gap in it.

    Endpoints with a queue send comments while one waits; each would begin the limit anew.
    """
    import httpx2
    from openai import DefaultHttpx2Client

    class LimitedStream(httpx2.SyncByteStream):
        def __init__(self, inner: httpx2.SyncByteStream, deadline: float) -> None:
            self._inner = inner
            self._deadline = deadline

        def __iter__(self) -> Iterator[bytes]:
            for data in self._inner:
                if clock() > self._deadline:
                    raise httpx2.ReadTimeout("the time limit of the whole reply has passed")
                yield data

        def close(self) -> None:
            self._inner.close()

    def begin(request: httpx2.Request) -> None:
        request.extensions["footnote_deadline"] = clock() + request.extensions["timeout"]["read"]

    def limit(response: httpx2.Response) -> None:
        deadline = response.request.extensions["footnote_deadline"]
        if isinstance(response.stream, httpx2.SyncByteStream):
            response.stream = LimitedStream(response.stream, deadline)

    return DefaultHttpx2Client(event_hooks={"request": [begin], "response": [limit]})
