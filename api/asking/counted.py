"""The assistant as the edges use it: each question is counted, and goes before indexing."""

from __future__ import annotations

from collections.abc import Generator

from api.observe.metrics import Metrics
from assistant.ask import Assistant
from assistant.types import Answer, AnswerEvent, Event, Filters, Passage, Principal, Question
from ingest.store.precedence import Precedence


class CountedAnswering:
    """Every way in asks through this, and holds a place of `Places` meanwhile. Thread-safe."""

    def __init__(self, assistant: Assistant, metrics: Metrics, precedence: Precedence) -> None:
        """`precedence` is told of each question, so that indexing lets it pass."""
        self._assistant = assistant
        self._metrics = metrics
        self._precedence = precedence

    def ask(self, question: Question, asker: Principal) -> Answer:
        """See `Assistant.ask`."""
        with self._precedence.question():
            answer = self._assistant.ask(question, asker)
        self._metrics.answered(answer)
        return answer

    def stream(self, question: Question, asker: Principal) -> Generator[Event, None, None]:
        """See `Assistant.stream`; closing the generator ends the question."""
        with self._precedence.question():
            for event in self._assistant.stream(question, asker):
                if isinstance(event, AnswerEvent):
                    self._metrics.answered(event.answer)
                yield event

    def rehearse(self, question: Question, asker: Principal) -> Answer:
        """See `Assistant.rehearse`; nobody asked, so it is not counted."""
        with self._precedence.question():
            return self._assistant.rehearse(question, asker)

    def search(self, text: str, asker: Principal, *, limit: int, filters: Filters) -> list[Passage]:
        """See `Assistant.search`."""
        with self._precedence.question():
            return self._assistant.search(text, asker, limit=limit, filters=filters)
