"""From OpenAI's messages to a question: the last user message, with what was said before."""

from __future__ import annotations

import re
from collections.abc import Sequence

from api.routes.openai.chat_bodies import ChatMessage, ChatRequest
from api.routes.openai.failures import OpenAiError
from assistant.types import Mode, Question, Turn
from ingest.text.language import language_of

_HISTORY = 6
_OUR_LINK = re.compile(r"\[\[(\d+)\]\]\([^()\s]*\)")


def question_of(body: ChatRequest, mode: Mode | None) -> Question:
    """The question that a request asks.

    Raises:
        OpenAiError: it asks for something else than a text with footnotes, or asks nothing.
    """
    _refuse_what_is_not_done(body)
    said = [(one.role, _text(one, n)) for n, one in enumerate(body.messages)]
    last = max((n for n, (role, _) in enumerate(said) if role == "user"), default=-1)
    if last < 0:
        raise OpenAiError(400, "there is no message of the role `user`", param="messages")
    text = said[last][1]
    return Question(text, language_of(text), history=_history(said[:last]), mode=mode)


def _history(said: Sequence[tuple[str, str]]) -> tuple[Turn, ...]:
    """Questions with their answers; several messages in a row of one side are one."""
    turns: list[Turn] = []
    for role, text in said:
        if role == "user" and turns and not turns[-1].answer:
            turns[-1] = Turn(f"{turns[-1].question}\n{text}", "")
        elif role == "user":
            turns.append(Turn(text, ""))
        elif role == "assistant" and turns:
            before = turns[-1]
            words = _OUR_LINK.sub(r"[\1]", text)
            turns[-1] = Turn(before.question, f"{before.answer}\n{words}".strip())
    return tuple(turns[-_HISTORY:])


def _text(message: ChatMessage, number: int) -> str:
    if message.content is None:
        return ""
    if isinstance(message.content, str):
        return message.content
    texts: list[str] = []
    for place, part in enumerate(message.content):
        if part.type != "text" or part.text is None:
            raise OpenAiError(
                400,
                f"content of the type {part.type!r} is not understood, only text is",
                param=f"messages.{number}.content.{place}",
                code="unsupported_content",
            )
        texts.append(part.text)
    return "\n".join(texts)


def _refuse_what_is_not_done(body: ChatRequest) -> None:
    refused = {
        "n": body.n is not None and body.n != 1,
        "tool_choice": body.tool_choice not in (None, "auto", "none"),
        "function_call": body.function_call not in (None, "auto", "none"),
        "response_format": (body.response_format or {}).get("type", "text") != "text",
        "modalities": body.modalities not in (None, ["text"]),
    }
    for param, is_refused in refused.items():
        if is_refused:
            raise OpenAiError(
                400,
                f"this value of `{param}` is not supported: a question has one answer, a text "
                "with footnotes; leave the field out",
                param=param,
                code="unsupported_value",
            )
