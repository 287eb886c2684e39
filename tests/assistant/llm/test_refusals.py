"""What a failure of the client library means: each class of it, and what is said."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import langchain_openai.chat_models.base
import openai
import pytest
from langchain_core.exceptions import ContextOverflowError

from assistant.errors import LlmError
from assistant.llm.refusals import CutReply, llm_error, parameter_to_leave_out

SECRET = "salary of Ada"
REQUEST = httpx2.Request("POST", "http://llm.test/v1/chat/completions", content=SECRET)

Make = Callable[[type[Any]], Exception]


def status_error(kind: type[Any], status: int, says: str = SECRET) -> Exception:
    response = httpx2.Response(status, request=REQUEST, text=says)
    error: Exception = (
        kind(response=response, body={"error": says})
        if issubclass(kind, openai.OAuthError)
        else kind(says, response=response, body={"error": says})
    )
    return error


def connection_error(kind: type[Any]) -> Exception:
    error: Exception = kind(message=SECRET, request=REQUEST)
    return error


MEANINGS: dict[type[Exception], tuple[Make, bool, str]] = {
    openai.OpenAIError: (lambda kind: kind(SECRET), False, "check FOOTNOTE_LLM_API_KEY"),
    openai.APIError: (lambda kind: kind(SECRET, REQUEST, body=None), True, "ask again"),
    openai.APIStatusError: (lambda kind: status_error(kind, 418), False, "endpoint's log"),
    openai.APIConnectionError: (connection_error, True, "FOOTNOTE_LLM_BASE_URL right?"),
    openai.APITimeoutError: (lambda kind: kind(REQUEST), True, "raise FOOTNOTE_LLM_TIMEOUT_S"),
    openai.APIResponseValidationError: (
        lambda kind: kind(httpx2.Response(200, request=REQUEST), SECRET),
        True,
        "does FOOTNOTE_LLM_BASE_URL lead",
    ),
    openai.BadRequestError: (lambda kind: status_error(kind, 400), False, "endpoint's log"),
    openai.AuthenticationError: (
        lambda kind: status_error(kind, 401),
        False,
        "check FOOTNOTE_LLM_API_KEY",
    ),
    openai.OAuthError: (lambda kind: status_error(kind, 401), False, "check FOOTNOTE_LLM_API_KEY"),
    openai.PermissionDeniedError: (
        lambda kind: status_error(kind, 403),
        False,
        "check FOOTNOTE_LLM_API_KEY",
    ),
    openai.NotFoundError: (lambda kind: status_error(kind, 404), False, "check FOOTNOTE_LLM_MODEL"),
    openai.ConflictError: (lambda kind: status_error(kind, 409), True, "ask again"),
    openai.UnprocessableEntityError: (
        lambda kind: status_error(kind, 422),
        False,
        "endpoint's log",
    ),
    openai.RateLimitError: (lambda kind: status_error(kind, 429), True, "ask again in a minute"),
    openai.InternalServerError: (lambda kind: status_error(kind, 500), True, "ask again"),
    openai.ContentFilterFinishReasonError: (lambda kind: kind(), False, "ask in other words"),
    openai.LengthFinishReasonError: (
        lambda kind: kind(
            completion=openai.types.chat.ChatCompletion(
                id="", choices=[], created=0, model="", object="chat.completion"
            )
        ),
        False,
        "raise FOOTNOTE_LLM_MAX_TOKENS",
    ),
    openai.WebSocketConnectionClosedError: (
        lambda kind: kind(SECRET, unsent_messages=[]),
        True,
        "ask again",
    ),
    openai.WebSocketQueueFullError: (lambda kind: kind(SECRET), True, "ask again"),
    openai.InvalidWebhookSignatureError: (
        lambda kind: kind(SECRET),
        True,
        "does FOOTNOTE_LLM_BASE_URL lead",
    ),
    openai._exceptions.SubjectTokenProviderError: (
        lambda kind: kind(SECRET),
        False,
        "check FOOTNOTE_LLM_API_KEY",
    ),
}


def exceptions_of(module: Any) -> Iterator[type[Exception]]:
    """The module's public exception classes."""
    for name in dir(module):
        value = getattr(module, name)
        if inspect.isclass(value) and issubclass(value, Exception) and not name.startswith("_"):
            yield value


def test_every_exception_of_the_client_library_has_a_meaning() -> None:
    """A new class in openai fails here until somebody decides what it means."""
    assert {*exceptions_of(openai), *exceptions_of(openai._exceptions)} == set(MEANINGS)


def check(error: LlmError, *, retryable: bool, says: str) -> None:
    """An LlmError that says who failed, what to do, and if later may do; and quotes nothing."""
    assert type(error) is LlmError
    assert error.retryable is retryable
    assert str(error).startswith("The language model scripted at llm.test ")
    assert says in str(error)
    assert SECRET not in str(error)


@pytest.mark.parametrize("kind", MEANINGS, ids=lambda kind: kind.__name__)
def test_exception_becomes_an_error_that_says_what_to_do(kind: type[Exception]) -> None:
    """If a later try may succeed is known, and nothing of the prompt is quoted."""
    make, retryable, says = MEANINGS[kind]
    check(llm_error(make(kind), "scripted at llm.test"), retryable=retryable, says=says)


LANGCHAINS = [
    one
    for one in exceptions_of(langchain_openai.chat_models.base)
    if issubclass(one, openai.OpenAIError) and one not in MEANINGS
]


@pytest.mark.parametrize("kind", LANGCHAINS, ids=lambda kind: kind.__name__)
def test_what_langchain_makes_of_an_exception_means_the_same(kind: type[Exception]) -> None:
    """Its classes stand for those of openai, but for the one that tells of too long a prompt."""
    make, retryable, says = next(MEANINGS[one] for one in kind.__mro__ if one in MEANINGS)
    if issubclass(kind, ContextOverflowError):
        retryable, says = False, "lower FOOTNOTE_LLM_CONTEXT_TOKENS"
    check(llm_error(make(kind), "scripted at llm.test"), retryable=retryable, says=says)


def test_langchain_has_classes_of_its_own() -> None:
    """Else the test above would say nothing."""
    assert len(LANGCHAINS) >= 5


@pytest.mark.parametrize(
    ("cause", "says"),
    [
        (CutReply(), "broke off its reply: ask again"),
        (TimeoutError(SECRET), "raise FOOTNOTE_LLM_TIMEOUT_S"),
        (ValueError(SECRET), "does FOOTNOTE_LLM_BASE_URL lead"),
        (KeyError(SECRET), "does FOOTNOTE_LLM_BASE_URL lead"),
    ],
)
def test_other_failures_of_a_reply_may_pass(cause: Exception, says: str) -> None:
    """Whatever else the way to the endpoint raises."""
    check(llm_error(cause, "scripted at llm.test"), retryable=True, says=says)


@pytest.mark.parametrize(
    ("says", "refused", "left_out"),
    [
        ("unknown field stream_options", (), "stream_options"),
        ("bad request", (), "stream_options"),
        ("bad request", ("stream_options",), None),
        ("'temperature' does not support 0.0", (), "temperature"),
        ("use 'max_completion_tokens' instead of 'max_tokens'", (), "max_tokens"),
        ("max_completion_tokens is unknown", ("max_tokens",), "max_completion_tokens"),
        ("the prompt is too long", (), None),
    ],
)
@pytest.mark.parametrize(
    ("kind", "status"), [(openai.BadRequestError, 400), (openai.UnprocessableEntityError, 422)]
)
def test_parameter_that_an_endpoint_refuses_is_left_out(
    kind: type[Exception], status: int, says: str, refused: tuple[str, ...], left_out: str | None
) -> None:
    """The one it names; without a name the youngest, once; none where the prompt is too long."""
    cause = status_error(kind, status, says)
    assert parameter_to_leave_out(cause, frozenset(refused)) == left_out


def test_body_without_events_is_asked_for_in_one_piece_once() -> None:
    """Some servers answer a streaming request with one JSON body; others with rubbish."""
    assert parameter_to_leave_out(ValueError("no chunks"), frozenset()) == "stream"
    assert parameter_to_leave_out(ValueError("rubbish"), frozenset({"stream"})) is None
    assert parameter_to_leave_out(status_error(openai.RateLimitError, 429), frozenset()) is None
