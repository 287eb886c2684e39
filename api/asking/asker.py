"""What a bot needs of the assistant."""

from __future__ import annotations

from typing import Protocol

from assistant.types import Answer, Principal, Question


class Asker(Protocol):
    """Answers questions; `assistant.ask.Assistant` does. Thread-safe."""

    def ask(self, question: Question, asker: Principal, /) -> Answer:
        """The whole answer, from what the asker may read."""
