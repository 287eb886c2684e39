"""What rows of vectors are filtered by, in memory: the catalogue says it at each opening."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.store.index.interface import LANGUAGES, Filed, Labels
from ingest.store.index.vectors.columns import with_room
from ingest.types import Scope

DEAD = -1
"""The access class of a row that nobody may read any more."""


@dataclass(frozen=True, slots=True)
class Visible:
    """What a scope sees: a mask over all rows, and how many that are by language.

    `live` are all live rows by language; `of` is how many the scope would see if its access
    classes were not looked at.
    """

    mask: NDArray[np.bool_]
    counts: Mapping[str, int]
    live: Mapping[str, int]
    of: int

    @property
    def total(self) -> int:
        """How many rows the scope sees."""
        return sum(self.counts.values())

    @property
    def share(self) -> float:
        """What part of the rows that fit the other filters the asker may read, 0..1."""
        return self.total / max(1, self.of)


class RowLabels:
    """A column for each label. The caller keeps writers apart; columns never become shorter."""

    def __init__(self, rows: int) -> None:
        """`rows` rows, all dead until they are labelled."""
        self._classes = np.full(rows, DEAD, np.int32)
        self._modified = np.zeros(rows, np.float64)
        self._source_of = np.zeros(rows, np.int32)
        self._numbers: dict[str, int] = {}
        self.languages = np.zeros(rows, np.int8)

    def grow(self, used: int, rows: int) -> None:
        """Makes room for the rows from `used` to `rows`, which are dead until they are labelled."""
        self._classes = with_room(self._classes, used, rows)
        self._modified = with_room(self._modified, used, rows)
        self._source_of = with_room(self._source_of, used, rows)
        self.languages = with_room(self.languages, used, rows)
        self._classes[used:rows] = DEAD

    def set(self, row: int, label: Labels) -> None:
        """The row is found by these labels from now on."""
        self._classes[row] = label.access_class
        self.languages[row] = LANGUAGES.index(label.language)
        self._source_of[row] = self._numbers.setdefault(label.source, len(self._numbers))
        self._modified[row] = label.modified_at.timestamp()

    def kill(self, row: int) -> None:
        """Nobody finds the row from now on."""
        self._classes[row] = DEAD

    def language_of(self, row: int) -> str:
        """The language that a row is filed under."""
        return LANGUAGES[self.languages[row]]

    def filed(self, rows: Mapping[int, int]) -> dict[int, Filed]:
        """How rows (by chunk id) are filed."""
        names = {number: name for name, number in self._numbers.items()}
        return {
            chunk_id: Filed(
                int(self._classes[row]),
                self.language_of(row),
                names.get(int(self._source_of[row]), ""),
                float(self._modified[row]),
            )
            for chunk_id, row in rows.items()
        }

    def live_of(self, language: str, used: int) -> NDArray[np.intp]:
        """The live rows of a language among the first `used`, ascending."""
        live = self._classes[:used] != DEAD
        return np.flatnonzero(live & (self.languages[:used] == LANGUAGES.index(language)))

    def visible(self, scope: Scope, used: int) -> Visible:
        """What `scope` sees of the first `used` rows."""
        classes = self._classes[:used]
        inside = classes != DEAD
        live = self._counted(inside)
        if scope.sources is not None:
            numbers = [self._numbers.get(name, -1) for name in scope.sources]
            inside &= np.isin(self._source_of[:used], numbers)
        if scope.languages is not None:
            codes = [LANGUAGES.index(one) for one in scope.languages if one in LANGUAGES]
            inside &= np.isin(self.languages[:used], codes)
        if scope.modified_after is not None:
            inside &= self._modified[:used] > scope.modified_after.timestamp()
        wanted = np.zeros(int(classes.max(initial=0)) + 2, bool)
        for one in scope.classes:
            if 0 <= one < len(wanted) - 1:
                wanted[one] = True
        mask = inside & wanted[classes]  # a dead row's -1 is the last entry, which stays False
        return Visible(mask, self._counted(mask), live, int(inside.sum()))

    def _counted(self, mask: NDArray[np.bool_]) -> dict[str, int]:
        counts = np.bincount(self.languages[: len(mask)][mask], minlength=len(LANGUAGES))
        return {name: int(counts[code]) for code, name in enumerate(LANGUAGES)}
