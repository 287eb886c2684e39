"""What passes between the stages of answering.

Offsets are positions of Unicode code points in the canonical text of the cited document
version, end-exclusive: a citation's `quote` is `text[start:end]`, always. Footnote numbers
count from 1 in the order in which the answer first uses them.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from ingest.types import LiveChunk


class Role(StrEnum):
    """What a principal may do: ask; run the place; ask on behalf of others."""

    EMPLOYEE = "employee"
    ADMIN = "admin"
    BOT = "bot"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. `classes` are the access classes that their groups may read."""

    id: str
    name: str
    groups: frozenset[str]
    role: Role
    classes: frozenset[int]


@dataclass(frozen=True, slots=True)
class Filters:
    """The asker's own narrowing of a search; None means no restriction."""

    sources: frozenset[str] | None = None
    languages: frozenset[str] | None = None
    modified_after: datetime | None = None


class Mode(StrEnum):
    """How the text of an answer came to be."""

    VERIFIED = "verified"
    GENERATED = "generated"
    EXTRACTIVE = "extractive"


class Status(StrEnum):
    """Whether the documents hold the answer."""

    ANSWERED = "answered"
    PARTIAL = "partial"
    NOT_FOUND = "not_found"


class Verdict(StrEnum):
    """Whether a statement's citations bear it out."""

    SUPPORTED = "supported"
    PARTLY = "partly"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of the conversation."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `language` is "en", "zh" or "other"; `mode` None lets the server choose."""

    text: str
    language: str
    conversation_id: str | None = None
    history: tuple[Turn, ...] = ()
    filters: Filters = field(default_factory=Filters)
    mode: Mode | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """Why a passage was found: the 1-based rank in each leg (None: not found) and what matched."""

    lexical_rank: int | None
    dense_rank: int | None
    words: tuple[str, ...]
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one live, allowed document version: a chunk, joined with its neighbours.

    `chunk` is what was found; `text` is `canonical_text[start:end]` around it. `score` is the
    fused score (higher is better; comparable inside one result list), `strength` in 0..1 says how
    strong the evidence is by itself. `section_headings` are the headings of the chunks that were
    joined.
    """

    chunk: LiveChunk
    text: str
    start: int
    end: int
    score: float
    strength: float
    why: Why
    section_headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Where words stand, as it is shown and recorded: whatever cites or lists them has this whole.

    `location` says page, sheet, rows and headings as people do.
    """

    document_id: str
    version: int
    title: str
    uri: str
    source: str
    page: int | None
    headings: tuple[str, ...]
    modified_at: datetime | None
    owner: str | None
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation(Reference):
    """A footnote: the exact words of one document version that bear a statement out.

    `changed_since` is whether the document has had another version since.
    """

    number: int
    start: int
    end: int
    quote: str
    changed_since: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of an answer with its footnote numbers and whether they bear it out."""

    text: str
    citations: tuple[int, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds: of retrieval, until the first word, in all."""

    retrieve_ms: float
    first_token_ms: float | None
    total_ms: float


@dataclass(frozen=True, slots=True)
class Usage:
    """What the language model was asked to do; all zero when none was asked."""

    model: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0
    cached: bool = False


@dataclass(frozen=True, slots=True)
class Nearest:
    """A document that came closest when nothing answered, so that the asker can look there."""

    document_id: str
    title: str
    uri: str
    source: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What a composer made, before it is checked.

    `sentences` are the answer's sentences in order; each names the passages it rests on
    (indexes into the list that the composer was given) and, where the composer knows them, the
    exact quotes (passage index, start, end in canonical offsets).
    """

    status: Status
    mode: Mode
    sentences: tuple[DraftSentence, ...]
    usage: Usage = field(default_factory=Usage)
    note: str = ""


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """One sentence of a draft. `gap` is the white space that stands before it in the text."""

    text: str
    passages: tuple[int, ...]
    quotes: tuple[tuple[int, int, int], ...] = ()
    gap: str = " "


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole answer, as recorded and as sent."""

    id: str
    conversation_id: str
    question: str
    standalone_question: str
    status: Status
    mode: Mode
    text: str
    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    timings: Timings
    usage: Usage
    nearest: tuple[Nearest, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """The stage that begins now: "retrieving", "composing" or "checking"."""

    stage: str


@dataclass(frozen=True, slots=True)
class PassagesEvent:
    """Where the answer looks, best first."""

    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class TokenEvent:
    """The next piece of the answer's text, as it is being composed."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerEvent:
    """The finished answer; always the last event."""

    answer: Answer


Event = StatusEvent | PassagesEvent | TokenEvent | AnswerEvent


@dataclass(frozen=True, slots=True)
class Message:
    """One message to a language model; role is "system", "user" or "assistant"."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Completion:
    """A language model's whole reply and what it cost."""

    text: str
    usage: Usage


class Llm(Protocol):
    """A language model. Implementations are thread-safe; failures raise `LlmError`."""

    @property
    def model(self) -> str:
        """The model's name, as the endpoint knows it."""

    def complete(self, messages: Sequence[Message]) -> Completion:
        """The whole reply."""

    def stream(self, messages: Sequence[Message]) -> Generator[str, None, Completion]:
        """The reply in pieces as they arrive, never empty ones; the whole is returned.

        Closing the generator ends the request. Its steps may be taken by different threads.
        """
