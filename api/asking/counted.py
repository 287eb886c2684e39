"""The assistant as the edges use it: each question is counted, and goes before indexing."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager

from api.observe.metrics import Metrics
from assistant.ask import Assistant
from assistant.errors import Closing
from assistant.types import Answer, AnswerEvent, Event, Filters, Passage, Principal, Question
from ingest.store.precedence import Precedence


class CountedAnswering:
    """Every way in asks through this; the caller holds a place of `Places` meanwhile. Thread-safe.

    Once it is closing nobody is taken in any more, and `wait` tells when the last one is done.
    """

    def __init__(self, assistant: Assistant, metrics: Metrics, precedence: Precedence) -> None:
        """`precedence` is told of each question, so that indexing lets it pass."""
        self._assistant = assistant
        self._metrics = metrics
        self._precedence = precedence
        self._changed = threading.Condition()
        self._under_way = 0
        self._closing = False

    def close(self) -> None:
        """Takes in no further question."""
        with self._changed:
            self._closing = True

    def wait(self, longest_s: float) -> bool:
        """Returns when nothing is being answered any more (True), or after `longest_s` (False)."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._under_way, longest_s)

    def ask(self, question: Question, asker: Principal) -> Answer:
        """See `Assistant.ask`."""
        with self._taken_in():
            answer = self._assistant.ask(question, asker)
        self._metrics.answered(answer)
        return answer

    def stream(self, question: Question, asker: Principal) -> Generator[Event, None, None]:
        """See `Assistant.stream`; closing the generator ends the question."""
        with self._taken_in(), closing(self._assistant.stream(question, asker)) as events:
            for event in events:
                if isinstance(event, AnswerEvent):
                    self._metrics.answered(event.answer)
                yield event

    def rehearse(self, question: Question, asker: Principal) -> Answer:
        """See `Assistant.rehearse`; nobody asked, so it is not counted."""
        with self._taken_in():
            return self._assistant.rehearse(question, asker)

    def search(self, text: str, asker: Principal, *, limit: int, filters: Filters) -> list[Passage]:
        """See `Assistant.search`."""
        with self._taken_in():
            return self._assistant.search(text, asker, limit=limit, filters=filters)

    @contextmanager
    def _taken_in(self) -> Iterator[None]:
        with self._changed:
            if self._closing:
                raise Closing("the server is being stopped; ask again when it is back")
            self._under_way += 1
        try:
            with self._precedence.question():
                yield
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()
