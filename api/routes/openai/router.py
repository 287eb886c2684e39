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

from collections.abc import Callable, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from api.asking.answering import Answering
from api.routes.openai.chat_bodies import (
    ChatCompletion,
    ChatError,
    ChatModel,
    ChatModelList,
    ChatRequest,
)
from api.routes.openai.failures import OpenAiError, OpenAiRoute
from api.routes.openai.messages import question_of
from api.routes.openai.reply import chunks, completion
from api.routes.refusals import MEANINGS
from assistant.types import Answer, AnswerEvent, Event, Mode, Principal

MODELS: dict[str, Mode | None] = {
    "footnote": None,
    "footnote-generated": Mode.GENERATED,
    "footnote-extractive": Mode.EXTRACTIVE,
}
"""The models by name, and the mode of answering that each asks for (None: the server's choice)."""

_CHUNKS: dict[str, Any] = {
    "schema": {
        "type": "string",
        "description": "With `stream`: lines `data:` with pieces of the reply, then `[DONE]`.",
    },
    "itemSchema": {
        "type": "object",
        "required": ["data"],
        "properties": {
            "data": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": {"$ref": "#/components/schemas/ChatChunk"},
            }
        },
    },
}


def openai_router(
    answering: Callable[..., Answering],
    principal: Callable[..., Principal],
    *,
    public_url: str,
    generates: bool,
) -> APIRouter:
    """The routes. `answering` and `principal` are dependencies that give them for a request.

    Without `public_url` links start with the address that the request came to. `generates`: a
    language model is set up, so that `footnote-generated` is a model.
    """
    router = APIRouter(prefix="/v1", tags=["openai"], route_class=OpenAiRoute)
    models = {
        name: mode for name, mode in MODELS.items() if generates or mode is not Mode.GENERATED
    }

    @router.get("/models", responses=_refuses(401, 500))
    def list_models(_: Annotated[Principal, Depends(principal)]) -> ChatModelList:
        """The models that can be asked."""
        return ChatModelList(data=[ChatModel(id=name) for name in models])

    @router.get("/models/{name}", responses=_refuses(401, 404, 500))
    def read_model(name: str, _: Annotated[Principal, Depends(principal)]) -> ChatModel:
        """One model."""
        _mode(models, name)
        return ChatModel(id=name)

    @router.post(
        "/chat/completions",
        response_model=ChatCompletion,
        responses={
            200: {"content": {"text/event-stream": _CHUNKS}},
            **_refuses(400, 401, 404, 500, 503),
        },
    )
    def create_chat_completion(
        body: ChatRequest,
        request: Request,
        asker: Annotated[Principal, Depends(principal)],
        assistant: Annotated[Answering, Depends(answering)],
    ) -> Response:
        """Answers the last user message."""
        question = question_of(body, _mode(models, body.model))
        events = assistant.stream(question, asker)
        url = public_url or str(request.base_url)
        if not body.stream:
            return JSONResponse(completion(_finished(events), body.model, url))
        first = next(events)  # a question that is refused is refused before the stream begins
        usage = body.stream_options is not None and body.stream_options.include_usage
        return StreamingResponse(
            chunks(first, events, body.model, url, usage),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
        )

    return router


def _refuses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {one: {"model": ChatError, "description": MEANINGS[one]} for one in statuses}


def _mode(models: dict[str, Mode | None], name: str) -> Mode | None:
    if name not in models:
        raise OpenAiError(
            404,
            f"the model {name!r} does not exist here; there are {', '.join(models)}",
            param="model",
            code="model_not_found",
        )
    return models[name]


def _finished(events: Iterator[Event]) -> Answer:
    for event in events:
        if isinstance(event, AnswerEvent):
            return event.answer
    raise AssertionError("a stream ends with its answer")
