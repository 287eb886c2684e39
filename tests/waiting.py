"""Waiting for what threads of the product bring about."""

from __future__ import annotations

import threading
from collections.abc import Callable

SOON_S = 30.0
"""How long an event is waited for; it comes in a fraction of a second."""


def until(reached: Callable[[], object]) -> None:
    """Returns once `reached` is true; fails if that takes too long."""
    tick = threading.Event()
    for _ in range(int(SOON_S / 0.01)):
        if reached():
            return
        tick.wait(0.01)
    raise AssertionError("it never came to that")
