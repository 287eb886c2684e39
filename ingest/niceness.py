"""Letting the machine put questions first: threads and processes that index ask for less of it.

Linux weighs single threads. Elsewhere only the parser processes stand back.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
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
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)


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
