"""The words of every passage, as rows of the static model: what a question is compared with.

Working them out takes 0.1 ms a passage, and each question compares twenty, so they are kept: one
file of row numbers, one with the end of each passage in it, in the order of the vectors. Another
build of the model's vocabulary has files of its own; passages that these lack are unknown here,
and worked out when they are asked for.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.int32]


class PassageWords:
    """Row numbers by slot. The caller keeps writers apart; readers see whole passages."""

    def __init__(self, folder: Path, build: str, slots: int) -> None:
        """Opens the files of a vocabulary's `build`; slots that they lack are unknown."""
        for other in folder.glob("words-*"):
            if other.stem != f"words-{build}":
                other.unlink()
        self._rows_path = folder / f"words-{build}.i32"
        self._ends_path = folder / f"words-{build}.i64"
        for path in self.paths:
            path.touch()
        whole = self._ends_path.stat().st_size // 8
        ends = np.fromfile(self._ends_path, np.int64, min(whole, slots))
        ends = ends[: _sound(ends, self._rows_path.stat().st_size // 4)]
        self._ends = np.zeros(len(ends) + 1, np.int64)  # that of slot i stands at i + 1
        self._ends[1:] = ends
        self._used = len(ends)
        self._map = np.zeros(0, np.int32)
        self.cut(self._used)
        if slots > self._used:
            self.append([np.zeros(0, np.int32)] * (slots - self._used))

    @property
    def paths(self) -> tuple[Path, Path]:
        """The two files."""
        return self._rows_path, self._ends_path

    def append(self, passages: Sequence[Words]) -> None:
        """Adds the words of the next slots; a passage of no words is unknown.

        Raises:
            OSError: the files cannot be written; nothing was added.
        """
        lengths = np.array([len(one) for one in passages], np.int64)
        ends = self._ends[self._used] + np.cumsum(lengths)
        with self._rows_path.open("ab") as file:
            file.write(np.concatenate([*passages, np.zeros(0, np.int32)]).tobytes())
        with self._ends_path.open("ab") as file:
            file.write(ends.tobytes())
        used = self._used + len(passages)
        if used >= len(self._ends):
            grown = np.zeros(max(used + 1, int(1.5 * len(self._ends)), 1024), np.int64)
            grown[: self._used + 1] = self._ends[: self._used + 1]
            self._ends = grown
        self._ends[self._used + 1 : used + 1] = ends
        self._used = used

    def cut(self, slots: int) -> None:
        """Forgets what stands behind the first `slots`."""
        self._used = min(slots, self._used)
        os.truncate(self._ends_path, 8 * self._used)
        os.truncate(self._rows_path, 4 * int(self._ends[self._used]))

    def of(self, slots: Sequence[int]) -> list[Words]:
        """The words of each slot, in the same order; none where they are not known."""
        spans = [(int(self._ends[slot]), int(self._ends[slot + 1])) for slot in slots]
        needed = max((end for _, end in spans), default=0)
        if needed > len(self._map):
            self._map = np.memmap(self._rows_path, np.int32, mode="r")
        kept = self._map
        return [np.array(kept[start:end], np.int32) for start, end in spans]


def _sound(ends: NDArray[np.int64], most: int) -> int:
    """How many of the first ends can be right: they never fall, and stay below `most`."""
    wrong = (ends < np.concatenate([[0], ends[:-1]])) | (ends > most)
    return int(np.argmax(wrong)) if wrong.any() else len(ends)
