"""Waiting until something has moved: a job was queued, went on, or came to its end."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Moves:
    """Counts what has moved. Thread-safe."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    @property
    def count(self) -> int:
        """How often something has moved so far."""
        with self._changed:
            return self._count

    def tell(self) -> None:
        """Something has moved: whoever waits looks again."""
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def until(self, reached: Callable[[], bool], timeout_s: float | None = None) -> bool:
        """Returns once `reached`, which is asked after every move; False if that took too long."""
        with self._changed:
            return self._changed.wait_for(reached, timeout_s)

    def beyond(
        self, seen: int, timeout_s: float | None = None, enough: Callable[[], bool] = lambda: False
    ) -> int:
        """The count once it is not `seen`, or as it is after `timeout_s` or when it is `enough`."""
        with self._changed:
            self._changed.wait_for(lambda: self._count != seen or enough(), timeout_s)
            return self._count
