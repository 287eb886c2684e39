"""When something comes next that is done again and again.

Waiting is measured by a clock that never jumps; the time of day counts only for what happened
before this process started.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime

JITTER = 0.05
"""Intervals are shorter by up to this share, so that sources part company."""

Key = tuple[str, str]
"""A source, and what is done with it."""


@dataclass(frozen=True, slots=True)
class _Due:
    """When something comes next by the timetable's clock, and what that was reckoned from."""

    every_s: float
    last: datetime
    at: float


class Timetable:
    """The next time of each thing. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, jitter: float = JITTER) -> None:
        """`clock` gives seconds that never go backwards; intervals vary by the share `jitter`."""
        self._clock = clock
        self._jitter = jitter
        self._due: dict[Key, _Due] = {}
        self._lock = threading.Lock()

    def is_due(
        self, key: Key, every_s: float, last: datetime, *, free: bool, again_s: float
    ) -> bool:
        """Whether the time has come and the source is `free`; if so, the next one is set.

        It comes `every_s` after `last`, in whatever way it came to that; once it has come and was
        not done, again after `again_s`.
        """
        now = self._clock()
        with self._lock:
            due = self._due.get(key)
            if due is None or (due.every_s, due.last) != (every_s, last):
                # A time of day in the future is a clock that was set back since: wait once.
                passed = max(0.0, (datetime.now(UTC) - last).total_seconds())
                due = _Due(every_s, last, now + max(0.0, self._about(every_s) - passed))
            come = free and due.at <= now
            if come:
                due = replace(due, at=now + self._about(again_s))
            self._due[key] = due
            return come

    def left_s(self, key: Key) -> float | None:
        """Seconds until something comes; None if nothing is to come."""
        now = self._clock()
        with self._lock:
            due = self._due.get(key)
        return None if due is None else max(0.0, due.at - now)

    def keep_only(self, keys: Set[Key]) -> None:
        """Forgets everything else."""
        with self._lock:
            for gone in self._due.keys() - keys:
                del self._due[gone]

    def _about(self, seconds: float) -> float:
        return seconds * random.uniform(1 - self._jitter, 1)
