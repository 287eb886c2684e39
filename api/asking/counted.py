"""The assistant as the edges use it: so many questions at a time, each one counted."""

from __future__ import annotations

import threading
from collections.abc import Generator

from api.observe.metrics import Metrics
from assistant.ask import Assistant
from assistant.types import Answer, AnswerEvent, Event, Filters, Passage, Principal, Question
from ingest.store.precedence import Precedence


class Asking:
    """Every way in asks through this: HTTP, OpenAI's shape, bots. Thread-safe."""

    def __init__(
        self, assistant: Assistant, metrics: Metrics, precedence: Precedence, places: int
    ) -> None:
        """`places` is how many questions are answered side by side; further ones wait.

        `precedence` is told of each, so that indexing lets it pass.
        """
        self._assistant = assistant
        self._metrics = metrics
        self._precedence = precedence
        self._places = threading.BoundedSemaphore(places)

    def ask(self, question: Question, asker: Principal) -> Answer:
        """See `Assistant.ask`."""
        with self._places, self._precedence.question():
            answer = self._assistant.ask(question, asker)
        self._metrics.answered(answer)
        return answer

    def stream(self, question: Question, asker: Principal) -> Generator[Event, None, None]:
        """See `Assistant.stream`; closing the generator gives its place back."""
        with self._places, self._precedence.question():
            for event in self._assistant.stream(question, asker):
                if isinstance(event, AnswerEvent):
                    self._metrics.answered(event.answer)
                yield event

    def search(self, text: str, asker: Principal, *, limit: int, filters: Filters) -> list[Passage]:
        """See `Assistant.search`."""
        with self._places, self._precedence.question():
            return self._assistant.search(text, asker, limit=limit, filters=filters)
