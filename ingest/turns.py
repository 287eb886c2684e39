"""Questions go before indexing: the work of a sync waits between its steps while somebody asks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

LONGEST_WAIT_S = 1.0
"""A sync waits no longer than this for its turn, so that it ends under constant questions, too."""


RECENT_S = 5.0
"""So long after a question the next one is expected."""


class Turns:
    """Who is at work: any number of questions, and the indexing that lets them pass."""

    def __init__(self) -> None:
        self._questions = 0
        self._waiting = 0
        self._last = -RECENT_S
        self._changed = threading.Condition()

    @contextmanager
    def question(self) -> Iterator[None]:
        """While the block runs, indexing waits before its next step."""
        with self._changed:
            self._questions += 1
        try:
            yield
        finally:
            with self._changed:
                self._questions -= 1
                self._last = time.monotonic()
                self._changed.notify_all()

    def wait(self, longest_s: float = LONGEST_WAIT_S) -> bool:
        """Returns when nobody is asking (True), or after `longest_s` (False)."""
        with self._changed:
            self._waiting += 1
            try:
                return self._changed.wait_for(lambda: self._questions == 0, longest_s)
            finally:
                self._waiting -= 1

    @property
    def recent(self) -> bool:
        """Whether somebody asks, or did a moment ago: steps are then kept short."""
        return self._questions > 0 or time.monotonic() - self._last < RECENT_S

    @property
    def held_up(self) -> bool:
        """Whether indexing waits for questions just now."""
        return self._waiting > 0
