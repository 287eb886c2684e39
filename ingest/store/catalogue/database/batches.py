"""Long lists in parts that a statement can take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

_T = TypeVar("_T")


def in_parts(items: Sequence[_T], size: int = 5000) -> Iterator[Sequence[_T]]:
    """`items` in order, at most `size` at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))
