"""Trying again: how often, and after how long a pause."""

from __future__ import annotations

import time
from collections.abc import Callable

from assistant.errors import LlmError

MAX_TRIES = 3
MAX_WAIT_S = 8.0
"""An endpoint that asks for a longer pause than this has failed: somebody is waiting."""
_FIRST_WAIT_S = 0.5


class Tries:
    """The tries for one reply, `MAX_TRIES` at most, all of them before `deadline`."""

    def __init__(
        self,
        deadline: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`deadline` is a moment of `clock`, in seconds."""
        self._deadline = deadline
        self._clock = clock
        self._sleep = sleep
        self._failed = 0

    def wait(self, cause: Exception, error: LlmError) -> None:
        """Waits until it is time for the next try.

        Args:
            cause: what the client library raised.
            error: what that means.

        Raises:
            LlmError: `error`, where a further try is of no use or comes too late.
        """
        self._failed += 1
        pause = _pause_s(cause, self._failed)
        too_late = pause > MAX_WAIT_S or self._clock() + pause >= self._deadline
        if not error.retryable or self._failed >= MAX_TRIES or too_late:
            raise error from None
        self._sleep(pause)


def _pause_s(cause: Exception, failed: int) -> float:
    """Seconds before the next try: what the endpoint asks for, or 0.5, 1, 2, …"""
    import openai

    if isinstance(cause, openai.APIStatusError):
        try:
            return max(0.0, float(cause.response.headers.get("retry-after", "")))
        except ValueError:
            pass
    return float(_FIRST_WAIT_S * 2 ** (failed - 1))
