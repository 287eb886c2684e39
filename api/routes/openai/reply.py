"""From an answer to OpenAI's reply, whole or in pieces: footnotes become links in the text."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from api.asking.footnotes import passage_url, pieces
from api.routes.openai.failures import error_of
from assistant.conversation.answer_json import answer_to_json
from assistant.types import Answer, AnswerEvent, Event

_CHUNK = re.compile(r"\S+\s*|\s+")


@dataclass(frozen=True, slots=True)
class _Reply:
    """An answer as OpenAI's message: the text with links, and where the links stand."""

    content: str
    annotations: list[dict[str, Any]]


def completion(answer: Answer, model: str, public_url: str) -> dict[str, Any]:
    """The whole reply."""
    reply = _reply(answer, public_url)
    message = {
        "role": "assistant",
        "content": reply.content,
        "refusal": None,
        "annotations": reply.annotations,
    }
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return {
        "id": f"chatcmpl-{answer.id}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [choice],
        "usage": _usage(answer),
        "footnote": answer_to_json(answer),
    }


def chunks(
    first: Event,
    events: Iterator[Event],
    model: str,
    public_url: str,
    usage: bool,
) -> Iterator[str]:
    """The stream's lines; a failure on the way is an event of its own, as OpenAI sends it."""
    try:
        event = first
        while not isinstance(event, AnswerEvent):
            yield ": working\n\n"
            event = next(events)
        yield from _answer_chunks(event.answer, model, public_url, usage)
        yield "data: [DONE]\n\n"
    except Exception as exc:
        yield _data(error_of(exc).body())


def _reply(answer: Answer, public_url: str) -> _Reply:
    content = ""
    annotations: list[dict[str, Any]] = []
    for piece in pieces(answer):
        if piece.citation is None:
            content += piece.text
            continue
        url = passage_url(public_url, piece.citation)
        link = f"[{piece.text}]({url})"
        cited = {
            "start_index": len(content),
            "end_index": len(content) + len(link),
            "title": piece.citation.title,
            "url": url,
        }
        annotations.append({"type": "url_citation", "url_citation": cited})
        content += link
    return _Reply(content, annotations)


def _usage(answer: Answer) -> dict[str, int]:
    used = answer.usage
    return {
        "prompt_tokens": used.prompt_tokens,
        "completion_tokens": used.completion_tokens,
        "total_tokens": used.prompt_tokens + used.completion_tokens,
    }


def _answer_chunks(answer: Answer, model: str, public_url: str, usage: bool) -> Iterator[str]:
    known = {
        "id": f"chatcmpl-{answer.id}",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": model,
    }

    def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        if usage:
            more["usage"] = None
        return _data({**known, "choices": [choice], **more})

    reply = _reply(answer, public_url)
    yield chunk({"role": "assistant", "content": ""})
    for text in _CHUNK.findall(reply.content):
        yield chunk({"content": text})
    yield chunk({"annotations": reply.annotations})
    yield chunk({}, "stop", footnote=answer_to_json(answer))
    if usage:
        yield _data({**known, "choices": [], "usage": _usage(answer)})


def _data(body: dict[str, Any]) -> str:
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"
