"""How long an answer took, as it is told with it."""

from __future__ import annotations

from collections.abc import Callable

from assistant.types import Timings


class Stopwatch:
    """Times of one question, in milliseconds since it began."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = clock()
        self._retrieved: float | None = None
        self._first_token: float | None = None

    def retrieved(self) -> None:
        """Retrieval is over."""
        self._retrieved = self._clock()

    def first_token(self, at: float | None = None) -> None:
        """The first word was there `at` (None: now)."""
        self._first_token = self._first_token or at or self._clock()

    def timings(self) -> Timings:
        """Everything so far."""
        return Timings(
            retrieve_ms=self._ms(self._retrieved) or 0.0,
            first_token_ms=self._ms(self._first_token),
            total_ms=self._ms(self._clock()) or 0.0,
        )

    def _ms(self, moment: float | None) -> float | None:
        return None if moment is None else round(1000 * (moment - self._began), 2)
