"""OpenAI's bodies, as far as they are understood and sent."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from api.routes.bodies.answers import ANSWER, Answer
from api.routes.bodies.fields import Sent, Text, Understood, example

_MODEL: dict[str, Any] = {
    "id": "footnote",
    "object": "model",
    "created": 0,
    "owned_by": "footnote",
}
_LINK = "https://example.com/d/doc_3b0f5f3f6f0d4c2c9e1a7b55?version=2&start=23&end=69"
_SAID = "Employees have 25 days of annual leave a year. "
_MARK = f"[[1]]({_LINK})"
_CITED = {
    "start_index": len(_SAID),
    "end_index": len(_SAID + _MARK),
    "title": "Leave",
    "url": _LINK,
}
_ANNOTATION: dict[str, Any] = {"type": "url_citation", "url_citation": _CITED}
_MESSAGE: dict[str, Any] = {
    "role": "assistant",
    "content": _SAID + _MARK,
    "refusal": None,
    "annotations": [_ANNOTATION],
}
_CHOICE: dict[str, Any] = {
    "index": 0,
    "message": _MESSAGE,
    "logprobs": None,
    "finish_reason": "stop",
}
_USAGE = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
_KNOWN: dict[str, Any] = {
    "id": f"chatcmpl-{ANSWER['id']}",
    "created": 1764057612,
    "model": "footnote",
}
_ERROR: dict[str, Any] = {
    "message": "there is no message of the role `user`",
    "type": "invalid_request_error",
    "param": "messages",
    "code": None,
}


class ContentPart(Understood):
    """A part of a message's content."""

    model_config = example(type="text", text="How much leave?")

    type: str
    text: Text | None = None


class ChatMessage(Understood):
    """One message; `content` is text, or parts of which only text is understood."""

    model_config = example(role="user", content="How much leave?")

    role: str
    content: Text | list[ContentPart] | None = None


class StreamOptions(Understood):
    """`include_usage` asks for a last chunk with the usage."""

    model_config = example(include_usage=True)

    include_usage: bool = False


class ChatRequest(Understood):
    """What is understood of OpenAI's request; other fields have no effect."""

    model_config = example(
        model="footnote", messages=[{"role": "user", "content": "How much leave?"}]
    )

    model: Text
    messages: list[ChatMessage] = Field(min_length=1)
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: int | None = None
    tool_choice: str | dict[str, Any] | None = None
    function_call: str | dict[str, Any] | None = None
    response_format: dict[str, Any] | None = None
    modalities: list[str] | None = None


class ChatModel(Sent):
    """A way of answering that can be asked."""

    model_config = example(**_MODEL)

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "footnote"


class ChatModelList(Sent):
    """The models that can be asked."""

    model_config = example(object="list", data=[_MODEL])

    object: Literal["list"] = "list"
    data: list[ChatModel]


class UrlCitation(Sent):
    """Where a footnote's link stands in the content, and what it leads to."""

    model_config = example(**_CITED)

    start_index: int
    end_index: int
    title: str
    url: str


class Annotation(Sent):
    """A footnote of the content."""

    model_config = example(**_ANNOTATION)

    type: Literal["url_citation"]
    url_citation: UrlCitation


class ReplyMessage(Sent):
    """The answer; footnotes are links in the `content`."""

    model_config = example(**_MESSAGE)

    role: Literal["assistant"]
    content: str
    refusal: None
    annotations: list[Annotation]


class Choice(Sent):
    """The one reply that there is."""

    model_config = example(**_CHOICE)

    index: int
    message: ReplyMessage
    logprobs: None
    finish_reason: Literal["stop"]


class TokenUsage(Sent):
    """Tokens of the language model; all zero when none was asked."""

    model_config = example(**_USAGE)

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatCompletion(Sent):
    """A reply; `footnote` is the whole answer with exact quotes and verdicts."""

    model_config = example(
        **_KNOWN, object="chat.completion", choices=[_CHOICE], usage=_USAGE, footnote=ANSWER
    )

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[Choice]
    usage: TokenUsage
    footnote: Answer


class Delta(Sent):
    """What a piece of the stream adds."""

    model_config = example(content="Employees ")

    role: Literal["assistant"] | None = None
    content: str | None = None
    annotations: list[Annotation] | None = None


class ChunkChoice(Sent):
    """A piece of the one reply."""

    model_config = example(
        index=0, delta={"content": "Employees "}, logprobs=None, finish_reason=None
    )

    index: int
    delta: Delta
    logprobs: None
    finish_reason: Literal["stop"] | None


class ChatChunk(Sent):
    """A piece of a stream; the one that finishes it holds the whole answer as `footnote`."""

    model_config = example(
        **_KNOWN,
        object="chat.completion.chunk",
        choices=[
            {"index": 0, "delta": {"content": "Employees "}, "logprobs": None}
            | {"finish_reason": None}
        ],
    )

    id: str
    object: Literal["chat.completion.chunk"]
    created: int
    model: str
    choices: list[ChunkChoice]
    usage: TokenUsage | None = None
    footnote: Answer | None = None


class ErrorDetail(Sent):
    """What is wrong: `param` names the field, `code` the kind."""

    model_config = example(**_ERROR)

    message: str
    type: str
    param: str | None
    code: str | None


class ChatError(Sent):
    """A refusal in OpenAI's shape."""

    model_config = example(error=_ERROR)

    error: ErrorDetail
