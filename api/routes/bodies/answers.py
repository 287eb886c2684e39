"""Answers, passages, and the events of an answer that is on its way.

`assistant.conversation.answer_json` makes them; these models say what it makes.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from api.routes.bodies.fields import Moment, Sent, example
from assistant.types import Mode, Status, Verdict

_STATEMENT = {
    "text": "Employees have 25 days of annual leave a year.",
    "citations": [1],
    "verdict": "supported",
}
_CITATION = {
    "document_id": "doc_3b0f5f3f6f0d4c2c9e1a7b55",
    "version": 2,
    "title": "Leave",
    "uri": "handbook/public/leave.md",
    "source": "handbook",
    "page": None,
    "headings": ["Leave", "Annual leave"],
    "start": 23,
    "end": 69,
    "quote": "Employees have 25 days of annual leave a year.",
    "modified_at": "2025-11-03T09:12:44Z",
    "owner": "people@example.com",
    "number": 1,
    "location": "Leave › Annual leave",
    "changed_since": False,
}
_NEAREST = {name: _CITATION[name] for name in ("document_id", "title", "uri", "source")}
_TIMINGS = {"retrieve_ms": 9.4, "first_token_ms": 14.1, "total_ms": 17.8}
_USAGE = {
    "model": "",
    "prompt_tokens": 0,
    "completion_tokens": 0,
    "cost_usd": 0.0,
    "cached": False,
}
ANSWER: dict[str, Any] = {
    "id": "ans_6f1c0e4b9a7d2c3e5f60718a",
    "conversation_id": "conv_0d9e8c7b6a5f4e3d2c1b0a99",
    "question": "How many days of annual leave do I have?",
    "standalone_question": "How many days of annual leave do I have?",
    "status": "answered",
    "mode": "extractive",
    "text": "Employees have 25 days of annual leave a year. [1]",
    "statements": [_STATEMENT],
    "citations": [_CITATION],
    "nearest": [],
    "note": "",
    "timings": _TIMINGS,
    "usage": _USAGE,
}
"""An answer, for examples."""

_WHY = {
    "lexical_rank": 1,
    "dense_rank": 1,
    "words": ["annual", "leave"],
    "fields": ["text", "title"],
    "strength": 0.94,
}
_PASSAGE = {
    "document_id": _CITATION["document_id"],
    "version": 2,
    "title": "Leave",
    "uri": "handbook/public/leave.md",
    "source": "handbook",
    "location": "Leave › Annual leave",
    "page": None,
    "headings": ["Leave", "Annual leave"],
    "language": "en",
    "text": "Employees have 25 days of annual leave a year. Unused days carry over until 31 March.",
    "start": 23,
    "end": 108,
    "modified_at": "2025-11-03T09:12:44Z",
    "owner": "people@example.com",
    "score": 1.2931,
    "why": _WHY,
}


class Statement(Sent):
    """One sentence of an answer with its footnote numbers, and whether they bear it out."""

    model_config = example(**_STATEMENT)

    text: str
    citations: list[int]
    verdict: Verdict


class Citation(Sent):
    """A footnote: `quote` is `text[start:end]` of the document's version, in code points.

    `changed_since` says that the document has had another version since.
    """

    model_config = example(**_CITATION)

    number: int
    document_id: str
    version: int
    title: str
    uri: str
    source: str
    page: int | None
    headings: list[str]
    start: int
    end: int
    quote: str
    modified_at: Moment | None
    owner: str | None
    location: str
    changed_since: bool


class Nearest(Sent):
    """A document that came closest where nothing answers."""

    model_config = example(**_NEAREST)

    document_id: str
    title: str
    uri: str
    source: str


class Timings(Sent):
    """Milliseconds: of retrieval, until the first word, in all."""

    model_config = example(**_TIMINGS)

    retrieve_ms: float
    first_token_ms: float | None
    total_ms: float


class Usage(Sent):
    """What the language model was asked to do; all zero when none was asked."""

    model_config = example(**_USAGE)

    model: str
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float
    cached: bool


class Answer(Sent):
    """An answer: `text` holds marks such as [1], which are the numbers of `citations`.

    `standalone_question` is the question as it was understood in its conversation. `nearest` are
    documents to look into where the status is `not_found`; `note` says what went otherwise than
    usual, and is empty mostly.
    """

    model_config = example(**ANSWER)

    id: str
    conversation_id: str
    question: str
    standalone_question: str
    status: Status
    mode: Mode
    text: str
    statements: list[Statement]
    citations: list[Citation]
    nearest: list[Nearest]
    note: str
    timings: Timings
    usage: Usage


class Why(Sent):
    """Why a passage was found: its rank by words and by meaning (from 1), and what matched.

    `strength`, from 0 to 1, says how strong the evidence is by itself.
    """

    model_config = example(**_WHY)

    lexical_rank: int | None
    dense_rank: int | None
    words: list[str]
    fields: list[str]
    strength: float


class Passage(Sent):
    """A stretch of a document: `text` begins `text[start:end]` of its version, in code points.

    Scores are comparable inside one list only.
    """

    model_config = example(**_PASSAGE)

    document_id: str
    version: int
    title: str
    uri: str
    source: str
    location: str
    page: int | None
    headings: list[str]
    language: str
    text: str
    start: int
    end: int
    modified_at: Moment | None
    owner: str | None
    score: float
    why: Why


class SearchResults(Sent):
    """Passages, best first."""

    model_config = example(results=[_PASSAGE])

    results: list[Passage]


class StatusEvent(Sent):
    """The stage that begins now: `retrieving`, `composing` or `checking`."""

    model_config = example(stage="composing")

    stage: Annotated[str, Field(examples=["retrieving", "composing", "checking"])]


class TokenEvent(Sent):
    """The next piece of the text as it is composed: not checked yet, the `answer` replaces it."""

    model_config = example(text="Employees have 25 days ")

    text: str
