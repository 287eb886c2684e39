"""Questions take precedence over indexing.

The work of a sync waits between its steps while somebody asks, and its threads and processes ask
the machine for less. Linux weighs single threads; elsewhere only the parser processes stand back.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

INDEXING = 5
"""Of the thread that indexes: not more, since it may hold Python's lock."""

BACKGROUND = 15
"""Of what holds nothing that a question needs: parsing, and the merging of index segments."""

T = TypeVar("T")


def stand_back(niceness: int) -> None:
    """The calling thread, and threads that it starts, stand back behind others from now on."""
    if sys.platform == "linux":
        with suppress(OSError):  # a container may forbid it
            own = threading.get_native_id()
            # Never to the front: the whole process may have been told to stand further back.
            niceness = max(niceness, os.getpriority(os.PRIO_PROCESS, own))
            os.setpriority(os.PRIO_PROCESS, own, niceness)


def started_behind(call: Callable[[], T]) -> T:
    """What `call` returns or raises; threads that it starts stand back, the caller does not."""
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        stand_back(BACKGROUND)
        try:
            results.append(call())
        except BaseException as exc:  # handed on to the caller below
            errors.append(exc)

    thread = threading.Thread(target=run, name="behind")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


LONGEST_WAIT_S = 1.0
"""A sync waits no longer than this for its turn, so that it ends under constant questions, too."""

RECENT_S = 5.0
"""So long after a question the next one is expected."""


class Precedence:
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
