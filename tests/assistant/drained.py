"""A generator run to its end."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

Piece = TypeVar("Piece")
Whole = TypeVar("Whole")


def drained(generator: Generator[Piece, None, Whole]) -> tuple[Whole, list[Piece]]:
    """What the generator returns, and all that it yielded on the way."""
    pieces: list[Piece] = []
    while True:
        try:
            pieces.append(next(generator))
        except StopIteration as end:
            return end.value, pieces
