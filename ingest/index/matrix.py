"""The exact vector index: every vector as one row of a memory-mapped float32 file.

It answers any search exactly in time linear in the rows looked at, which is what narrow scopes,
small collections and fresh rows need; the approximate graph (`graph.py`) takes over where there
is a lot to look at. The file is append-only; `ids.i64` names the row of each vector and is
written after it, so that a torn last row is simply not there. Everything else about a row comes
from the catalogue when the index is opened.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.index.interface import Labels, LanguageScores
from ingest.types import Hit, Scope, Vectors

LANGUAGES = ("en", "zh", "other")
"""The partitions in which scores are comparable."""

_DEAD = -1


class Matrix:
    """Vectors by chunk id. One process writes; searches run beside writes and see whole rows."""

    def __init__(self, folder: Path, dimensions: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.dimensions = dimensions
        self._vectors_path = folder / "vectors.f32"
        self._ids_path = folder / "ids.i64"
        self._lock = threading.Lock()
        self._source_numbers: dict[str, int] = {}
        self._load()

    def __len__(self) -> int:
        """How many rows are live."""
        return len(self._row_of)

    @property
    def slots(self) -> int:
        """How many rows the file holds, live or dead."""
        return self._used

    def ids(self) -> list[int]:
        """The chunk ids of the live rows."""
        return list(self._row_of)

    def __contains__(self, chunk_id: object) -> bool:
        """Whether a chunk has a live row."""
        return chunk_id in self._row_of

    def add(self, ids: Sequence[int], vectors: Vectors, labels: Sequence[Labels]) -> None:
        """Appends rows; they are found at once. An id that is there already is replaced."""
        if not ids:
            return
        with self._lock:
            self._append(np.asarray(ids, np.int64), np.ascontiguousarray(vectors, np.float32))
            first = self._used
            self._used += len(ids)
            for offset, (chunk_id, label) in enumerate(zip(ids, labels, strict=True)):
                old = self._row_of.get(chunk_id)
                if old is not None:
                    self._classes[old] = _DEAD
                self._row_of[chunk_id] = first + offset
                self._label(first + offset, label)

    def label(self, labels: Iterable[tuple[int, Labels]]) -> None:
        """Sets the labels of rows that are there; ids without a row are ignored."""
        with self._lock:
            for chunk_id, label in labels:
                row = self._row_of.get(chunk_id)
                if row is not None:
                    self._label(row, label)

    def remove(self, ids: Iterable[int]) -> None:
        """Rows are dead from now on; unknown ids are ignored."""
        with self._lock:
            for chunk_id in ids:
                row = self._row_of.pop(chunk_id, None)
                if row is not None:
                    self._classes[row] = _DEAD

    def flush(self) -> None:
        """Returns when everything appended is on the disk."""
        with self._lock:
            for path in (self._vectors_path, self._ids_path):
                with path.open("rb+") as file:
                    os.fsync(file.fileno())

    def vectors_of(self, ids: Sequence[int]) -> tuple[list[int], Vectors]:
        """Those of `ids` that have a live row, with their vectors."""
        with self._lock:
            known = [chunk_id for chunk_id in ids if chunk_id in self._row_of]
            rows = [self._row_of[chunk_id] for chunk_id in known]
            return known, np.array(self._mapped()[rows], np.float32).reshape(-1, self.dimensions)

    def rows_of(self, ids: Iterable[int]) -> NDArray[np.intp]:
        """The live rows of chunk ids; ids without one are left out."""
        found = (self._row_of.get(chunk_id) for chunk_id in ids)
        return np.array([row for row in found if row is not None], np.intp)

    def keep_inside(self, hits: Iterable[Hit], rows: NDArray[np.intp]) -> list[Hit]:
        """Those of the hits whose live row is one of `rows` (which are in ascending order)."""
        kept: list[Hit] = []
        for hit in hits:
            row = self._row_of.get(hit.chunk_id)
            if row is not None:
                place = int(np.searchsorted(rows, row))
                if place < len(rows) and rows[place] == row:
                    kept.append(hit)
        return kept

    def of_languages(self, rows: NDArray[np.intp], languages: Sequence[str]) -> NDArray[np.intp]:
        """Those of the rows that are in one of the languages."""
        codes = [LANGUAGES.index(one) for one in languages]
        return rows[np.isin(self._languages[rows], codes)]

    def allowed_rows(self, scope: Scope) -> NDArray[np.intp]:
        """The rows inside `scope`."""
        with self._lock:
            used = self._used
            classes = self._classes[:used]
            wanted = np.zeros(int(classes.max(initial=0)) + 2, bool)
            for one in scope.classes:
                if 0 <= one < len(wanted) - 1:
                    wanted[one] = True
            mask = wanted[classes]  # a dead row's -1 is the last entry, which stays False
            if scope.sources is not None:
                numbers = [self._source_numbers.get(name, -1) for name in scope.sources]
                mask &= np.isin(self._sources[:used], numbers)
            if scope.languages is not None:
                codes = [LANGUAGES.index(one) for one in scope.languages if one in LANGUAGES]
                mask &= np.isin(self._languages[:used], codes)
            if scope.modified_after is not None:
                mask &= self._modified[:used] > scope.modified_after.timestamp()
            return np.flatnonzero(mask)

    def search(
        self, query: NDArray[np.float32], rows: NDArray[np.intp], limit: int
    ) -> list[LanguageScores]:
        """The best `limit` of `rows` in each language by cosine, exactly; best first."""
        if not len(rows):
            return []
        mapped = self._mapped()
        all_rows = len(rows) == self._used
        scores = mapped[: self._used] @ query if all_rows else mapped[rows] @ query
        languages = self._languages[rows]
        found: list[LanguageScores] = []
        for code, name in enumerate(LANGUAGES):
            mine = np.flatnonzero(languages == code)
            if len(mine):
                own = scores[mine]
                best = _best(own, limit)
                found.append(
                    LanguageScores(
                        name,
                        tuple(Hit(int(self._ids[rows[mine[i]]]), float(own[i])) for i in best),
                        float(own.mean()),
                        float(own.std()),
                    )
                )
        return found

    def sample_scores(
        self, query: NDArray[np.float32], size: int = 2000
    ) -> dict[str, tuple[float, float]]:
        """Mean and deviation of the cosines of about `size` live rows of each language."""
        out: dict[str, tuple[float, float]] = {}
        with self._lock:
            live = self._classes[: self._used] != _DEAD
            languages = self._languages[: self._used]
        mapped = self._mapped()
        for code, name in enumerate(LANGUAGES):
            mine = np.flatnonzero(live & (languages == code))
            if len(mine):
                some = mine[:: max(1, len(mine) // size)]
                scores = mapped[some] @ query
                out[name] = (float(scores.mean()), float(scores.std()))
        return out

    def _load(self) -> None:
        width = 4 * self.dimensions
        for path in (self._vectors_path, self._ids_path):
            path.touch()
        whole = min(self._vectors_path.stat().st_size // width, self._ids_path.stat().st_size // 8)
        os.truncate(self._vectors_path, whole * width)
        os.truncate(self._ids_path, whole * 8)
        self._used = whole
        self._ids = np.fromfile(self._ids_path, np.int64)
        self._classes = np.full(whole, _DEAD, np.int32)
        self._languages = np.zeros(whole, np.int8)
        self._sources = np.zeros(whole, np.int32)
        self._modified = np.zeros(whole, np.float64)
        # The last row of an id is the one that counts; the catalogue says below which are live.
        self._row_of = {int(chunk_id): row for row, chunk_id in enumerate(self._ids)}
        self._map: NDArray[np.float32] | None = None

    def _append(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        with self._vectors_path.open("ab") as file:
            file.write(vectors.tobytes())
        with self._ids_path.open("ab") as file:
            file.write(ids.tobytes())
        needed = self._used + len(ids)
        if needed > len(self._ids):
            room = max(needed, int(1.5 * len(self._ids)), 1024)
            for name in ("_ids", "_classes", "_languages", "_sources", "_modified"):
                grown = np.zeros(room, getattr(self, name).dtype)
                grown[: self._used] = getattr(self, name)[: self._used]
                setattr(self, name, grown)
        self._ids[self._used : needed] = ids
        self._classes[self._used : needed] = _DEAD

    def _label(self, row: int, label: Labels) -> None:
        self._classes[row] = label.access_class
        self._languages[row] = LANGUAGES.index(label.language)
        self._sources[row] = self._source_numbers.setdefault(
            label.source, len(self._source_numbers)
        )
        self._modified[row] = label.modified_at.timestamp()

    def _mapped(self) -> NDArray[np.float32]:
        mapped = self._map
        if mapped is None or len(mapped) < self._used:
            if self._used == 0:
                return np.zeros((0, self.dimensions), np.float32)
            flat = np.memmap(self._vectors_path, np.float32, mode="r")
            mapped = flat[: self._used * self.dimensions].reshape(-1, self.dimensions)
            self._map = mapped
        return mapped


def _best(scores: NDArray[np.float32], limit: int) -> NDArray[np.intp]:
    """Positions of the `limit` highest scores, highest first."""
    if len(scores) > limit:
        top = np.argpartition(-scores, limit - 1)[:limit]
        return top[np.argsort(-scores[top], kind="stable")]
    return np.argsort(-scores, kind="stable")
