"""What every way in needs of the assistant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from assistant.types import Answer, Event, Principal, Question


class Answering(Protocol):
    """Answers questions; `assistant.ask.Assistant` does. Thread-safe."""

    def ask(self, question: Question, asker: Principal, /) -> Answer:
        """The whole answer, from what the asker may read."""

    def stream(self, question: Question, asker: Principal, /) -> Iterator[Event]:
        """The answer as it comes to be; the last event holds it whole."""
