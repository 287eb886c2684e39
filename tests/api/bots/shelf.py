"""An assistant that tells all it is allowed to tell: what leaks through it, leaks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from assistant.conversation.record import record
from assistant.types import (
    Answer,
    AnswerEvent,
    Event,
    Nearest,
    Principal,
    Question,
    Statement,
    Status,
    StatusEvent,
    Verdict,
)
from ingest.store.catalogue.access import classes
from ingest.store.catalogue.database.engine import Catalogue
from tests.api.bots.answers import answer, citation


@dataclass(frozen=True)
class Document:
    """A document of one sentence, readable for some groups."""

    id: str
    text: str
    access_class: int


@dataclass
class Shelf:
    """Answers every question with every document that the principal may read.

    Answers are recorded as the real assistant does. While there is a `gate`, answers wait for it
    to open; `meanwhile` happens once during an answer; a `failure` is raised instead of one.
    """

    catalogue: Catalogue
    documents: list[Document] = field(default_factory=list)
    asked: list[tuple[Question, Principal]] = field(default_factory=list)
    failure: Exception | None = None
    gate: threading.Event | None = None
    meanwhile: Callable[[], None] | None = None

    def put(self, name: str, text: str, *groups: str) -> None:
        """Adds a document for these groups."""
        with self.catalogue.write() as tx:
            access_class = classes.class_of(tx, groups)
        self.documents.append(Document(name, text, access_class))

    def ask(self, question: Question, principal: Principal) -> Answer:
        """The answer, recorded."""
        self.asked.append((question, principal))
        if self.gate is not None:
            assert self.gate.wait(20)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        if self.failure is not None:
            raise self.failure
        made = self._answer(question, principal, f"ans_{len(self.asked)}")
        record(self.catalogue, made, principal)
        return made

    def stream(self, question: Question, principal: Principal) -> Iterator[Event]:
        """The same, as events."""
        yield StatusEvent("retrieving")
        yield AnswerEvent(self.ask(question, principal))

    def _answer(self, question: Question, principal: Principal, answer_id: str) -> Answer:
        found = [one for one in self.documents if one.access_class in principal.classes]
        cited = tuple(
            citation(n, document_id=one.id, title=f"Title of {one.id}", quote=one.text)
            for n, one in enumerate(found, 1)
        )
        about = {
            "id": answer_id,
            "question": question.text,
            "conversation_id": question.conversation_id or f"conv_of_{answer_id}",
        }
        if not found:
            nearest: tuple[Nearest, ...] = ()
            return answer(
                "", status=Status.NOT_FOUND, citations=(), statements=(), nearest=nearest, **about
            )
        text = " ".join(f"{one.quote} [{one.number}]" for one in cited)
        statements = tuple(Statement(c.quote, (c.number,), Verdict.SUPPORTED) for c in cited)
        return answer(text, citations=cited, statements=statements, **about)
