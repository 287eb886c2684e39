"""OpenAI's shape of a chat, so that any OpenAI client is a client.

The last user message is the question, earlier user and assistant messages are the history. System
and developer messages are not followed: what an answer may rest on is not the client's to change.
Sampling options (`temperature`, `max_tokens`, …) and offered `tools` have no effect; what would
promise something else than an answer with footnotes (`n` above 1, a forced tool, JSON output,
images, audio) is refused.

Footnotes are markdown links in the text, `[[1]](address)`, and `url_citation` annotations whose
indexes bound that link; the whole `Answer` comes as `footnote`. A client can't take words back, so
a stream sends no word before it has been checked: until then it sends comments, which keep the
connection open.
"""

# Annotations are evaluated here (no `from __future__ import annotations`): the dependencies that
# they name are parameters of `openai_router`, which FastAPI could not look up by name.

import json
import re
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

import structlog
from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from api.asking.footnotes import passage_url, pieces
from api.errors import Refusal, problem_of
from api.routes.requests import Text
from assistant.conversation.answer_json import answer_to_json
from assistant.errors import BadQuestion
from assistant.types import Answer, AnswerEvent, Event, Mode, Principal, Question, Turn
from ingest.text.language import language_of

_log = structlog.get_logger(__name__)

MODELS: dict[str, Mode | None] = {
    "footnote": None,
    "footnote-generated": Mode.GENERATED,
    "footnote-extractive": Mode.EXTRACTIVE,
}
"""The models by name, and the mode of answering that each asks for (None: the server's choice)."""

_HISTORY = 6
_OUR_LINK = re.compile(r"\[\[(\d+)\]\]\([^()\s]*\)")
_CHUNK = re.compile(r"\S+\s*|\s+")


class Streams(Protocol):
    """What is needed of the assistant; `assistant.ask.Assistant` does it."""

    def stream(self, question: Question, asker: Principal, /) -> Iterator[Event]:
        """The answer as it comes to be; the last event holds it whole."""


class OpenAiError(Exception):
    """A refusal in OpenAI's words: `param` names the field, `code` the kind."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.param = param
        self.code = code or {401: "invalid_api_key", 429: "rate_limit_exceeded"}.get(status)
        self.headers = headers


class ContentPart(BaseModel):
    """A part of a message's content."""

    model_config = ConfigDict(extra="ignore")

    type: str
    text: Text | None = None


class ChatMessage(BaseModel):
    """One message; `content` is text, or parts of which only text is understood."""

    model_config = ConfigDict(extra="ignore")

    role: str
    content: Text | list[ContentPart] | None = None


class StreamOptions(BaseModel):
    """`include_usage` asks for a last chunk with the usage."""

    model_config = ConfigDict(extra="ignore")

    include_usage: bool = False


class ChatRequest(BaseModel):
    """What is understood of OpenAI's request; other fields have no effect."""

    model_config = ConfigDict(extra="ignore")

    model: Text
    messages: list[ChatMessage] = Field(min_length=1)
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: int | None = None
    tool_choice: str | dict[str, Any] | None = None
    function_call: str | dict[str, Any] | None = None
    response_format: dict[str, Any] | None = None
    modalities: list[str] | None = None


@dataclass(frozen=True, slots=True)
class _Reply:
    """An answer as OpenAI's message: the text with links, and where the links stand."""

    content: str
    annotations: list[dict[str, Any]]


class OpenAiRoute(APIRoute):
    """A route whose failures, those of signing in included, have OpenAI's shape."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with every error turned into a response."""
        handler = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                return await handler(request)
            except Exception as exc:
                error = _error(exc)
                return JSONResponse(_error_body(error), error.status, headers=error.headers)

        return guarded


def openai_router(
    assistant: Callable[..., Streams],
    principal: Callable[..., Principal],
    *,
    public_url: str,
    generates: bool,
) -> APIRouter:
    """The routes. `assistant` and `principal` are dependencies that give them for a request.

    Without `public_url` links start with the address that the request came to. `generates`: a
    language model is set up, so that `footnote-generated` is a model.
    """
    router = APIRouter(prefix="/v1", tags=["openai"], route_class=OpenAiRoute)
    models = {
        name: mode for name, mode in MODELS.items() if generates or mode is not Mode.GENERATED
    }

    @router.get("/models", response_model=None)
    def list_models(_: Annotated[Principal, Depends(principal)]) -> dict[str, Any]:
        """The models that can be asked."""
        return {"object": "list", "data": [_model(name) for name in models]}

    @router.get("/models/{name}", response_model=None)
    def get_model(name: str, _: Annotated[Principal, Depends(principal)]) -> dict[str, Any]:
        """One model."""
        _mode(models, name)
        return _model(name)

    @router.post("/chat/completions", response_model=None)
    def complete(
        body: ChatRequest,
        request: Request,
        asker: Annotated[Principal, Depends(principal)],
        streams: Annotated[Streams, Depends(assistant)],
    ) -> Response:
        """Answers the last user message."""
        question = _question(body, _mode(models, body.model))
        events = streams.stream(question, asker)
        url = public_url or str(request.base_url)
        if not body.stream:
            return JSONResponse(_completion(_finished(events), body.model, url))
        first = next(events)  # a question that is refused is refused before the stream begins
        usage = body.stream_options is not None and body.stream_options.include_usage
        return StreamingResponse(
            _chunks(first, events, body.model, url, usage),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
        )

    return router


def _mode(models: dict[str, Mode | None], name: str) -> Mode | None:
    if name not in models:
        raise OpenAiError(
            404,
            f"the model {name!r} does not exist here; there are {', '.join(models)}",
            param="model",
            code="model_not_found",
        )
    return models[name]


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "footnote"}


def _question(body: ChatRequest, mode: Mode | None) -> Question:
    """The last user message, with what was said before."""
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


def _finished(events: Iterator[Event]) -> Answer:
    for event in events:
        if isinstance(event, AnswerEvent):
            return event.answer
    raise AssertionError("a stream ends with its answer")


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


def _completion(answer: Answer, model: str, public_url: str) -> dict[str, Any]:
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


def _usage(answer: Answer) -> dict[str, int]:
    used = answer.usage
    return {
        "prompt_tokens": used.prompt_tokens,
        "completion_tokens": used.completion_tokens,
        "total_tokens": used.prompt_tokens + used.completion_tokens,
    }


def _chunks(
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
        yield _data(_error_body(_error(exc)))


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


def _error(exc: Exception) -> OpenAiError:
    """The error in OpenAI's words; one that is unexpected keeps its own words to itself."""
    if isinstance(exc, OpenAiError):
        return exc
    if isinstance(exc, RequestValidationError):
        fault = exc.errors()[0]
        param = ".".join(str(part) for part in fault["loc"][1:]) or None
        return OpenAiError(400, f"{param or 'the body'}: {fault['msg']}", param=param)
    if isinstance(exc, BadQuestion):
        return OpenAiError(400, str(exc), param="messages")
    if isinstance(exc, HTTPException):
        return OpenAiError(exc.status_code, str(exc.detail), headers=exc.headers)
    known = problem_of(exc)
    if known["status"] >= 500:
        _log.error("a chat completion failed", exc_info=exc)
    headers = exc.headers if isinstance(exc, Refusal) else None
    return OpenAiError(known["status"], known["detail"], headers=headers)


def _error_body(error: OpenAiError) -> dict[str, Any]:
    kinds = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
    other = "invalid_request_error" if error.status < 500 else "server_error"
    kind = kinds.get(error.status, other)
    body = {"message": str(error), "type": kind, "param": error.param, "code": error.code}
    return {"error": body}
