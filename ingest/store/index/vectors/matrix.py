"""The vector index that is always whole: every vector is a row, in memory as it is used.

It answers any search over few rows exactly, and over many by the exact cosines of the rows whose
signs come nearest (`signs.py`); the graph (`graph.py`) takes over in very large collections.
Vectors and what belongs to each stand in files of their own (`vector_file.py`, `signs.py`,
`passage_words.py`), in one order; what rows are filtered by (`labels.py`) comes from the catalogue
when the index is opened.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.errors import CannotWrite
from ingest.store.index.interface import LANGUAGES, Filed, Labels, LanguageScores
from ingest.store.index.vectors.exact import Samples, best, best_by_language
from ingest.store.index.vectors.labels import RowLabels, Visible
from ingest.store.index.vectors.passage_words import PassageWords, Words
from ingest.store.index.vectors.signs import Signs
from ingest.store.index.vectors.vector_file import VectorFile
from ingest.types import Hit, Scope, Vectors

_SCOPES_REMEMBERED = 32
_LOOKED_AT, _SHARE_LOOKED_AT = 2000, 0.02


class Matrix:
    """Vectors by chunk id. One process writes; searches run beside writes and see whole rows."""

    def __init__(self, folder: Path, dimensions: int, words_build: str = "none") -> None:
        """Opens the files in `folder`; `words_build` names the vocabulary of passages' words."""
        folder.mkdir(parents=True, exist_ok=True)
        self.dimensions = dimensions
        self._lock = threading.Lock()
        self._file = VectorFile(folder, dimensions)
        self._labels = RowLabels(self._file.rows)
        # The last row of an id is the one that counts; the catalogue says later which are live.
        self._row_of = {int(chunk_id): row for row, chunk_id in enumerate(self._file.ids)}
        self._signs_path = folder / "signs.u64"
        self._signs = Signs(self._signs_path, dimensions)
        self._signs.load(self._file.rows, lambda first, end: self._file.mapped()[first:end])
        self._words = PassageWords(folder, words_build, self._file.rows)
        self._samples = Samples(self._draw)
        self._revision = 0
        self._seen: dict[Scope, tuple[int, Visible]] = {}

    def __len__(self) -> int:
        """How many rows are live."""
        return len(self._row_of)

    @property
    def slots(self) -> int:
        """How many rows the file holds, live or dead."""
        return self._file.rows

    def ids(self) -> list[int]:
        """The chunk ids of the live rows."""
        return list(self._row_of)

    def __contains__(self, chunk_id: object) -> bool:
        """Whether a chunk has a live row."""
        return chunk_id in self._row_of

    def add(
        self,
        ids: Sequence[int],
        vectors: Vectors,
        labels: Sequence[Labels],
        words: Sequence[Words] | None = None,
    ) -> None:
        """Appends rows; they are found at once. An id that is there already is replaced.

        `words` are those of each passage, as far as they are kept (see `passage_words`).

        Raises:
            CannotWrite: the disk is full or cannot be written; nothing was added.
        """
        if not ids:
            return
        with self._lock:
            first = self._file.rows
            self._append(
                np.asarray(ids, np.int64),
                np.ascontiguousarray(vectors, np.float32),
                words or [np.zeros(0, np.int32)] * len(ids),
            )
            self._revision += 1
            for row, (chunk_id, label) in enumerate(zip(ids, labels, strict=True), first):
                old = self._row_of.get(chunk_id)
                if old is not None:
                    self._labels.kill(old)
                self._row_of[chunk_id] = row
                self._labels.set(row, label)

    def label(self, labels: Iterable[tuple[int, Labels]]) -> None:
        """Sets the labels of rows that are there; ids without a row are ignored."""
        with self._lock:
            self._revision += 1
            for chunk_id, label in labels:
                row = self._row_of.get(chunk_id)
                if row is not None:
                    self._labels.set(row, label)

    def remove(self, ids: Iterable[int]) -> None:
        """Rows are dead from now on; unknown ids are ignored."""
        with self._lock:
            self._revision += 1
            for chunk_id in ids:
                row = self._row_of.pop(chunk_id, None)
                if row is not None:
                    self._labels.kill(row)

    def flush(self) -> None:
        """Returns when everything appended is on the disk.

        Raises:
            CannotWrite: the disk is full or cannot be written.
        """
        try:
            with self._lock:
                for path in (*self._file.paths, self._signs_path, *self._words.paths):
                    with path.open("rb+") as file:
                        os.fsync(file.fileno())
        except OSError as exc:
            raise CannotWrite.because("the vector index", exc) from exc

    def vectors_of(self, ids: Sequence[int]) -> tuple[list[int], Vectors]:
        """Those of `ids` that have a live row, with their vectors."""
        with self._lock:
            known = [chunk_id for chunk_id in ids if chunk_id in self._row_of]
            rows = [self._row_of[chunk_id] for chunk_id in known]
            found = np.array(self._file.mapped()[rows], np.float32)
            return known, found.reshape(-1, self.dimensions)

    def words_of(self, ids: Sequence[int]) -> list[Words]:
        """The words of each passage, in the same order; none where they are not known."""
        with self._lock:
            rows = {one: self._row_of[one] for one in ids if one in self._row_of}
            found = dict(zip(rows, self._words.of(list(rows.values())), strict=True))
        return [found.get(one, np.zeros(0, np.int32)) for one in ids]

    def by_language(self, ids: Iterable[int]) -> dict[str, list[int]]:
        """Those of `ids` that have a live row, ascending, by their language."""
        found: dict[str, list[int]] = {name: [] for name in LANGUAGES}
        with self._lock:
            for chunk_id in sorted(ids):
                row = self._row_of.get(chunk_id)
                if row is not None:
                    found[self._labels.language_of(row)].append(chunk_id)
        return found

    def filed(self, ids: Iterable[int]) -> dict[int, Filed]:
        """How those of `ids` that have a live row are filed (for the check)."""
        with self._lock:
            return self._labels.filed(
                {one: row for one in ids if (row := self._row_of.get(one)) is not None}
            )

    def rows_of(self, ids: Iterable[int]) -> NDArray[np.intp]:
        """The live rows of chunk ids; ids without one are left out."""
        found = (self._row_of.get(chunk_id) for chunk_id in ids)
        return np.array([row for row in found if row is not None], np.intp)

    def visible(self, scope: Scope) -> Visible:
        """The rows inside `scope`; remembered until a row or a label changes."""
        with self._lock:
            known = self._seen.get(scope)
            if known is None or known[0] != self._revision:
                known = (self._revision, self._labels.visible(scope, self._file.rows))
                self._seen.pop(scope, None)
                self._seen[scope] = known
                if len(self._seen) > _SCOPES_REMEMBERED:
                    del self._seen[next(iter(self._seen))]
            return known[1]

    def keep_visible(self, hits: Iterable[Hit], visible: Visible) -> list[Hit]:
        """Those of the hits whose live row the scope sees, in their order."""
        mask, row_of = visible.mask, self._row_of
        kept: list[Hit] = []
        for hit in hits:
            row = row_of.get(hit.chunk_id)
            if row is not None and row < len(mask) and mask[row]:
                kept.append(hit)
        return kept

    def visible_rows(self, visible: Visible, language: str | None = None) -> NDArray[np.intp]:
        """The rows that the scope sees, of one language or of all, in ascending order."""
        mask = visible.mask
        if language is not None:
            mask = mask & (self._labels.languages[: len(mask)] == LANGUAGES.index(language))
        return np.flatnonzero(mask)

    def search(
        self, query: NDArray[np.float32], rows: NDArray[np.intp], limit: int
    ) -> list[LanguageScores]:
        """The best `limit` of `rows` in each language by cosine, exactly; best first."""
        if not len(rows):
            return []
        used, mapped = self._file.rows, self._file.mapped()
        scores = mapped[:used] @ query if len(rows) == used else mapped[rows] @ query
        return best_by_language(scores, self._labels.languages[rows], self._file.ids[rows], limit)

    def near(self, query: NDArray[np.float32], rows: NDArray[np.intp], limit: int) -> list[Hit]:
        """The best `limit` of `rows` (ascending) by cosine, best first; a few may be missed.

        Exact cosines of the 2,000 and 2 % whose signs are nearest, which are 95 % of the ten
        nearest and more.
        """
        rows = self._signs.nearest(query, rows, _LOOKED_AT + int(_SHARE_LOOKED_AT * len(rows)))
        scores = np.take(self._file.mapped(), rows, axis=0) @ query
        first = best(scores, limit)
        return list(map(Hit, self._file.ids[rows[first]].tolist(), scores[first].tolist()))

    def spread(self, query: NDArray[np.float32], language: str) -> tuple[float, float]:
        """Mean and deviation of the cosines of about 2,000 rows of a language."""
        return self._samples.spread(query, language, self._file.rows)

    def _draw(self, language: str, about: int) -> tuple[int, Vectors]:
        with self._lock:
            used = self._file.rows
            mine = self._labels.live_of(language, used)
        some = mine[:: max(1, len(mine) // about)]
        return used, np.array(self._file.mapped()[some], np.float32).reshape(-1, self.dimensions)

    def _append(
        self, ids: NDArray[np.int64], vectors: NDArray[np.float32], words: Sequence[Words]
    ) -> None:
        """All of the files take the rows, or none does."""
        rows = self._file.rows
        try:
            self._file.write(ids, vectors)
            self._signs.append(vectors)
            self._words.append(words)
        except OSError as exc:
            self._file.cut()
            self._signs.cut(rows)
            self._words.cut(rows)
            raise CannotWrite.because("the vector index", exc) from exc
        self._labels.grow(rows, rows + len(ids))
        self._file.take(ids)
