"""What a failed request to a language model means, and which of its parameters to leave out.

What is said never holds the prompt, which endpoints like to quote in their errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.errors import LlmError

if TYPE_CHECKING:
    from openai import APIError, APIStatusError

OPTIONAL = ("stream_options", "temperature", "max_completion_tokens", "max_tokens")
"""Parameters that a request can do without."""

_OVERFLOW = ("cannot take so long a prompt: lower FOOTNOTE_LLM_CONTEXT_TOKENS", False)
_BROKE_OFF = ("broke off its reply: ask again; if it goes on, look at the endpoint's log", True)
_UNREADABLE = (
    "sent a reply that cannot be read: does FOOTNOTE_LLM_BASE_URL lead to an OpenAI-compatible "
    "endpoint?",
    True,
)


class CutReply(Exception):
    """The stream ended without saying that the reply has."""


def llm_error(cause: Exception, model: str) -> LlmError:
    """What a failure of the client library means, and what to do about it."""
    words, retryable = _meaning(cause)
    return LlmError(f"The language model {model} {words}.", retryable=retryable)


def parameter_to_leave_out(cause: Exception, refused: frozenset[str]) -> str | None:
    """The optional parameter to leave out after the endpoint refused the request, if any.

    A refusal that names none is put down to `stream_options`, the youngest of them, once. The
    parameter "stream" means that the reply is asked for in one piece.
    """
    import openai

    if isinstance(cause, ValueError) and "stream" not in refused:
        # LangChain found no event in the body: perhaps it is one JSON document.
        return "stream"
    if not isinstance(cause, openai.BadRequestError | openai.UnprocessableEntityError):
        return None
    if _is_overflow(cause):
        return None
    words = str(cause).lower()
    left = [name for name in OPTIONAL if name not in refused]
    if "max_tokens" in left:
        # The usual refusal names both: use B instead of A.
        left = [name for name in left if name != "max_completion_tokens"]
    named = [name for name in left if name in words or name == cause.param]
    if not named and "stream_options" in left:
        named = ["stream_options"]
    return named[0] if named else None


def _meaning(cause: Exception) -> tuple[str, bool]:
    """What to say, and whether a later try may succeed."""
    import openai

    if isinstance(cause, openai.APITimeoutError | TimeoutError):
        return "did not answer in time: raise FOOTNOTE_LLM_TIMEOUT_S, or use a faster model", True
    if isinstance(cause, openai.APIConnectionError):
        return "cannot be reached: is it running, and is FOOTNOTE_LLM_BASE_URL right?", True
    if isinstance(cause, openai.APIResponseValidationError):
        return _UNREADABLE
    if isinstance(cause, openai.APIStatusError):
        return _meaning_of_status(cause)
    if isinstance(cause, openai.ContentFilterFinishReasonError):
        return (
            "refused the question or its passages (content filter): ask in other words, or look "
            "at the endpoint's filter",
            False,
        )
    if isinstance(cause, openai.LengthFinishReasonError):
        return "reached its length limit: raise FOOTNOTE_LLM_MAX_TOKENS", False
    if isinstance(cause, openai.APIError):
        return _OVERFLOW if _is_overflow(cause) else _BROKE_OFF
    if isinstance(
        cause,
        CutReply | openai.WebSocketConnectionClosedError | openai.WebSocketQueueFullError,
    ):
        return _BROKE_OFF
    if isinstance(cause, openai.OpenAIError):
        return f"cannot be asked ({type(cause).__name__}): check FOOTNOTE_LLM_API_KEY", False
    return _UNREADABLE


def _meaning_of_status(cause: APIStatusError) -> tuple[str, bool]:
    status = cause.status_code
    if status in (401, 403):
        return f"refused the key (HTTP {status}): check FOOTNOTE_LLM_API_KEY", False
    if status == 404:
        return (
            "is not known there (HTTP 404): check FOOTNOTE_LLM_MODEL and FOOTNOTE_LLM_BASE_URL",
            False,
        )
    if status == 413 or _is_overflow(cause):
        return _OVERFLOW
    if status == 429 and "insufficient_quota" in f"{cause.code} {cause}".lower():
        return "has no quota left (HTTP 429): top up the account of FOOTNOTE_LLM_API_KEY", False
    if status == 429:
        return "is asked too often just now (HTTP 429): ask again in a minute", True
    if status in (408, 409, 425) or status >= 500:
        return (
            f"failed (HTTP {status}): ask again; if it goes on, look at the endpoint's log",
            True,
        )
    return f"refused the request (HTTP {status}): look at the endpoint's log", False


def _is_overflow(cause: APIError) -> bool:
    from langchain_core.exceptions import ContextOverflowError

    words = str(cause).lower()
    return (
        isinstance(cause, ContextOverflowError)
        or cause.code == "context_length_exceeded"
        or any(
            sign in words
            for sign in ("context_length", "context length", "context window", "prompt is too long")
        )
    )
