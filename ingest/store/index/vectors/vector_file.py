"""The vectors on the disk: one memory-mapped float32 row each, which is only ever appended.

`ids.i64` names the chunk of each row and is written after `vectors.f32`, so that a torn last row
is simply not there.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.store.index.vectors.columns import with_room
from ingest.types import Vectors


class VectorFile:
    """Rows of vectors and the chunk id of each. The caller keeps writers apart.

    Attributes:
        rows: how many there are, of live chunks and of dead ones.
        ids: the chunk id of each row; longer than `rows`.
    """

    def __init__(self, folder: Path, dimensions: int) -> None:
        """Opens the files in `folder`, or makes them; what is torn at their end is cut off."""
        self._dimensions = dimensions
        self._vectors_path = folder / "vectors.f32"
        self._ids_path = folder / "ids.i64"
        for path in self.paths:
            path.touch()
        self.rows = min(
            self._vectors_path.stat().st_size // (4 * dimensions),
            self._ids_path.stat().st_size // 8,
        )
        self.cut()
        self.ids = np.fromfile(self._ids_path, np.int64)
        self._map: NDArray[np.float32] | None = None
        self.mapped()  # before a rebuild puts other files in the place of these

    @property
    def paths(self) -> tuple[Path, Path]:
        """The two files."""
        return self._vectors_path, self._ids_path

    def write(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Appends rows to the files; they count from `take` on.

        Raises:
            OSError: the files cannot be written; call `cut` then.
        """
        with self._vectors_path.open("ab") as file:
            file.write(vectors.tobytes())
        with self._ids_path.open("ab") as file:
            file.write(ids.tobytes())

    def take(self, ids: NDArray[np.int64]) -> None:
        """The rows that were just written are there from now on."""
        rows = self.rows + len(ids)
        self.ids = with_room(self.ids, self.rows, rows)
        self.ids[self.rows : rows] = ids
        self.rows = rows

    def cut(self) -> None:
        """Forgets what was written and not taken: it must not stand before the next rows."""
        os.truncate(self._vectors_path, 4 * self._dimensions * self.rows)
        os.truncate(self._ids_path, 8 * self.rows)

    def mapped(self) -> Vectors:
        """Every row, (rows or more, dimensions), read from the disk as it is used."""
        mapped = self._map
        if mapped is None or len(mapped) < self.rows:
            if self.rows == 0:
                return np.zeros((0, self._dimensions), np.float32)
            flat = np.memmap(self._vectors_path, np.float32, mode="r")
            mapped = flat[: self.rows * self._dimensions].reshape(-1, self._dimensions)
            self._map = mapped
        return mapped
