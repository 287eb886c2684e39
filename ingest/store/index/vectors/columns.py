"""Columns of numbers that become longer and never shorter, so that readers need no lock."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T", bound=np.generic)


def with_room(column: NDArray[T], used: int, rows: int) -> NDArray[T]:
    """The column itself if it has `rows` entries, else a longer copy of its first `used`."""
    if rows <= len(column):
        return column
    longer = np.zeros(max(rows, int(1.5 * len(column)), 1024), column.dtype)
    longer[:used] = column[:used]
    return longer
