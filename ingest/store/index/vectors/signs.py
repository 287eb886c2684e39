"""A rough picture of every vector in 32 bytes, to find the rows worth an exact look.

Each vector is turned by fixed random planes and kept as the signs of 256 coordinates; the share of
signs in which two vectors differ estimates the angle between them (Charikar, "Similarity
Estimation Techniques from Rounding Algorithms", 2002). The planes are those of a randomised
Hadamard transform (Ailon and Chazelle 2006): orthogonal, and the same to the last bit everywhere,
so that the file may be carried to another machine.

Measured with the built-in model over 100,000 passages, the best 4,000 by signs hold 97 % of the
ten nearest rows in 1.3 ms, whatever part of the rows is allowed; Chroma's graph 90 % in 3.5 ms.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.types import Vectors

BITS = 256
_WORDS = BITS // 64
_ROW_BYTES = BITS // 8
_BLOCK = 20_000


class Signs:
    """Signs by row, in a file beside the vectors. The caller keeps writers apart."""

    def __init__(self, path: Path, dimensions: int) -> None:
        self._path = path
        self._planes = _planes(dimensions)
        self._used = 0
        self._columns = [np.zeros(0, np.uint64) for _ in range(_WORDS)]

    def load(self, rows: int, vectors: Callable[[int, int], Vectors]) -> None:
        """Reads the file; what it lacks of `rows` is made from `vectors(first, end)`."""
        self._path.touch()
        there = min(rows, self._path.stat().st_size // _ROW_BYTES)
        os.truncate(self._path, there * _ROW_BYTES)
        kept = np.fromfile(self._path, np.uint64).reshape(-1, _WORDS)
        self._columns = [np.ascontiguousarray(kept[:, word]) for word in range(_WORDS)]
        self._used = there
        for first in range(there, rows, _BLOCK):
            self.append(vectors(first, min(rows, first + _BLOCK)))

    def append(self, vectors: Vectors) -> None:
        """Adds the signs of the next rows.

        Raises:
            OSError: the file cannot be written; nothing was added.
        """
        new = self._of(vectors)
        with self._path.open("ab") as file:
            file.write(new.tobytes())
        end = self._used + len(new)
        if end > len(self._columns[0]):
            room = max(end, int(1.5 * len(self._columns[0])), 1024)
            self._columns = [
                np.concatenate([column[: self._used], np.zeros(room - self._used, np.uint64)])
                for column in self._columns
            ]
        for word, column in enumerate(self._columns):
            column[self._used : end] = new[:, word]
        self._used = end

    def cut(self, rows: int) -> None:
        """Forgets what stands behind the first `rows`."""
        os.truncate(self._path, min(rows * _ROW_BYTES, self._path.stat().st_size))
        self._used = min(rows, self._used)

    def nearest(
        self, query: NDArray[np.float32], rows: NDArray[np.intp], most: int
    ) -> NDArray[np.intp]:
        """Those of `rows` (ascending) whose signs differ least from the query's.

        They come in no order of nearness, `most` or more of them: all that differ as much as the
        last one do not fall behind it.
        """
        if len(rows) <= most:
            return rows
        used, columns = self._used, self._columns  # in this order: columns are never shorter
        asked = self._of(query[np.newaxis])[0]
        most_rows = 2 * len(rows) > used  # reading past a row is cheaper than picking the others
        differ = np.zeros(used if most_rows else len(rows), np.uint16)
        for column, sign in zip(columns, asked, strict=True):
            differ += np.bitwise_count((column[:used] if most_rows else column[rows]) ^ sign)
        if most_rows and len(rows) < used:
            differ = differ[rows]
        enough = np.searchsorted(np.cumsum(np.bincount(differ, minlength=BITS + 1)), most)
        near: NDArray[np.intp] = rows[differ <= enough]
        return near

    def _of(self, vectors: Vectors) -> NDArray[np.uint64]:
        turned = np.asarray(vectors, np.float32) @ self._planes
        return np.packbits(turned > 0, axis=1).view(np.uint64)


def _planes(dimensions: int) -> NDArray[np.float32]:
    """Normals of the planes, (dimensions, BITS): columns of a Hadamard matrix, rows flipped."""
    size = max(BITS, 1 << (dimensions - 1).bit_length())
    hadamard = np.ones((1, 1), np.float32)
    while len(hadamard) < size:
        hadamard = np.block([[hadamard, hadamard], [hadamard, -hadamard]])
    random = np.random.RandomState(20)  # its stream is frozen, unlike that of Generator
    flips = random.choice(np.array([-1.0, 1.0], np.float32), size)
    picked = random.permutation(size)[:BITS]
    planes: NDArray[np.float32] = (flips[:, np.newaxis] * hadamard)[:dimensions, picked]
    return np.ascontiguousarray(planes)
