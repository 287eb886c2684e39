"""Questions while the server is being stopped: those under way end, further ones are refused."""

from __future__ import annotations

import threading
from collections.abc import Generator
from typing import Any, cast

import pytest

from api.asking.counted import CountedAnswering
from api.observe.metrics import Metrics
from assistant.ask import Assistant
from assistant.errors import Closing
from assistant.types import Event, Principal, Question, Role, StatusEvent
from ingest.store.precedence import Precedence

WHO = Principal("p", "P", frozenset(), Role.EMPLOYEE, frozenset())
QUESTION = Question("How many?", "en")


class Slow:
    """Answers when it is let go."""

    def __init__(self) -> None:
        self.begun, self.go_on, self.closed = threading.Event(), threading.Event(), False

    def stream(self, question: Question, asker: Principal) -> Generator[Event, None, None]:
        """One event at once, the next when it may."""
        try:
            yield StatusEvent("retrieving")
            self.begun.set()
            self.go_on.wait(10)
            yield StatusEvent("composing")
        finally:
            self.closed = True


def _counted(assistant: Any) -> CountedAnswering:
    return CountedAnswering(cast(Assistant, assistant), Metrics(), Precedence())


def test_what_is_under_way_ends_and_nothing_new_is_taken_in() -> None:
    """Closing waits for the last answer, and says whether it came."""
    slow = Slow()
    answering = _counted(slow)
    asking = threading.Thread(target=lambda: list(answering.stream(QUESTION, WHO)))
    asking.start()
    assert slow.begun.wait(10)
    answering.close()
    assert not answering.wait(0.01)
    with pytest.raises(Closing, match="being stopped"):
        next(answering.stream(QUESTION, WHO))
    slow.go_on.set()
    assert answering.wait(10)
    asking.join()


def test_a_reader_who_leaves_ends_the_answer() -> None:
    """At once, not when somebody happens to collect it."""
    slow = Slow()
    events = _counted(slow).stream(QUESTION, WHO)
    next(events)
    held = events
    events.close()
    assert slow.closed
    del held
