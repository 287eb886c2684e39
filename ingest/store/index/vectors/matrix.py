"""The vector index that is always whole: every vector as one row of a memory-mapped float32 file.

It answers any search over few rows exactly, and over many by the exact cosines of the rows whose
signs come nearest (`signs.py`); the graph (`graph.py`) takes over in very large collections. The
file is append-only; `ids.i64` names the row of each vector and is
written after it, so that a torn last row is simply not there. Everything else about a row comes
from the catalogue when the index is opened.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.errors import CannotWrite
from ingest.store.index.interface import Filed, Labels, LanguageScores
from ingest.store.index.vectors.passage_words import PassageWords, Words
from ingest.store.index.vectors.signs import Signs
from ingest.types import Hit, Scope, Vectors

LANGUAGES = ("en", "zh", "other")
"""The partitions in which scores are comparable."""

_DEAD = -1
_SCOPES_REMEMBERED = 32
_SAMPLE = 2000
_LOOKED_AT, _SHARE_LOOKED_AT = 2000, 0.02


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


class Matrix:
    """Vectors by chunk id. One process writes; searches run beside writes and see whole rows."""

    def __init__(self, folder: Path, dimensions: int, words_build: str = "none") -> None:
        """Opens the files in `folder`; `words_build` names the vocabulary of passages' words."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._words_build = words_build
        self.dimensions = dimensions
        self._vectors_path = folder / "vectors.f32"
        self._ids_path = folder / "ids.i64"
        self._signs_path = folder / "signs.u64"
        self._lock = threading.Lock()
        self._source_numbers: dict[str, int] = {}
        self._revision = 0
        self._seen: dict[Scope, tuple[int, Visible]] = {}
        self._samples: dict[str, tuple[int, NDArray[np.float32]]] = {}
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

    def add(
        self,
        ids: Sequence[int],
        vectors: Vectors,
        labels: Sequence[Labels],
        words: Sequence[Words] | None = None,
    ) -> None:
        """Appends rows; they are found at once. An id that is there already is replaced.

        `words` are those of each passage, as far as they are kept (see `passage_words`).
        """
        if not ids:
            return
        with self._lock:
            self._append(
                np.asarray(ids, np.int64),
                np.ascontiguousarray(vectors, np.float32),
                words or [np.zeros(0, np.int32)] * len(ids),
            )
            first = self._used
            self._used += len(ids)
            self._revision += 1
            for offset, (chunk_id, label) in enumerate(zip(ids, labels, strict=True)):
                old = self._row_of.get(chunk_id)
                if old is not None:
                    self._classes[old] = _DEAD
                self._row_of[chunk_id] = first + offset
                self._label(first + offset, label)

    def label(self, labels: Iterable[tuple[int, Labels]]) -> None:
        """Sets the labels of rows that are there; ids without a row are ignored."""
        with self._lock:
            self._revision += 1
            for chunk_id, label in labels:
                row = self._row_of.get(chunk_id)
                if row is not None:
                    self._label(row, label)

    def remove(self, ids: Iterable[int]) -> None:
        """Rows are dead from now on; unknown ids are ignored."""
        with self._lock:
            self._revision += 1
            for chunk_id in ids:
                row = self._row_of.pop(chunk_id, None)
                if row is not None:
                    self._classes[row] = _DEAD

    def flush(self) -> None:
        """Returns when everything appended is on the disk.

        Raises:
            CannotWrite: the disk is full or cannot be written.
        """
        mine = (self._vectors_path, self._ids_path, self._signs_path)
        try:
            with self._lock:
                for path in (*mine, *self._words.paths):
                    with path.open("rb+") as file:
                        os.fsync(file.fileno())
        except OSError as exc:
            raise CannotWrite.because("the vector index", exc) from exc

    def vectors_of(self, ids: Sequence[int]) -> tuple[list[int], Vectors]:
        """Those of `ids` that have a live row, with their vectors."""
        with self._lock:
            known = [chunk_id for chunk_id in ids if chunk_id in self._row_of]
            rows = [self._row_of[chunk_id] for chunk_id in known]
            return known, np.array(self._mapped()[rows], np.float32).reshape(-1, self.dimensions)

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
                    found[LANGUAGES[self._languages[row]]].append(chunk_id)
        return found

    def filed(self, ids: Iterable[int]) -> dict[int, Filed]:
        """How those of `ids` that have a live row are filed (for the check)."""
        with self._lock:
            names = {number: name for name, number in self._source_numbers.items()}
            return {
                chunk_id: Filed(
                    int(self._classes[row]),
                    LANGUAGES[self._languages[row]],
                    names.get(int(self._sources[row]), ""),
                    float(self._modified[row]),
                )
                for chunk_id in ids
                if (row := self._row_of.get(chunk_id)) is not None
            }

    def rows_of(self, ids: Iterable[int]) -> NDArray[np.intp]:
        """The live rows of chunk ids; ids without one are left out."""
        found = (self._row_of.get(chunk_id) for chunk_id in ids)
        return np.array([row for row in found if row is not None], np.intp)

    def visible(self, scope: Scope) -> Visible:
        """The rows inside `scope`; remembered until a row or a label changes."""
        with self._lock:
            known = self._seen.get(scope)
            if known is None or known[0] != self._revision:
                known = (self._revision, self._look(scope))
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
            mask = mask & (self._languages[: len(mask)] == LANGUAGES.index(language))
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

    def near(self, query: NDArray[np.float32], rows: NDArray[np.intp], limit: int) -> list[Hit]:
        """The best `limit` of `rows` (ascending) by cosine, best first; a few may be missed.

        Exact cosines of the 2,000 and 2 % whose signs are nearest, which are 95 % of the ten
        nearest and more.
        """
        rows = self._signs.nearest(query, rows, _LOOKED_AT + int(_SHARE_LOOKED_AT * len(rows)))
        scores = np.take(self._mapped(), rows, axis=0) @ query
        best = _best(scores, limit)
        return list(map(Hit, self._ids[rows[best]].tolist(), scores[best].tolist()))

    def spread(self, query: NDArray[np.float32], language: str) -> tuple[float, float]:
        """Mean and deviation of the cosines of about 2,000 rows of a language."""
        scores = self._sample(language) @ query
        return (float(scores.mean()), float(scores.std())) if len(scores) else (0.0, 1.0)

    def _sample(self, language: str) -> NDArray[np.float32]:
        """Rows of a language, evenly spread; drawn anew when the index has grown by a quarter."""
        known = self._samples.get(language)
        if known is not None and self._used <= 1.25 * known[0]:
            return known[1]
        with self._lock:
            used = self._used
            code = LANGUAGES.index(language)
            live = self._classes[:used] != _DEAD
            mine = np.flatnonzero(live & (self._languages[:used] == code))
        some = mine[:: max(1, len(mine) // _SAMPLE)]
        rows = np.array(self._mapped()[some], np.float32).reshape(-1, self.dimensions)
        self._samples[language] = (used, rows)
        return rows

    def _look(self, scope: Scope) -> Visible:
        used = self._used
        classes = self._classes[:used]
        inside = classes != _DEAD
        live = self._by_language(inside)
        if scope.sources is not None:
            numbers = [self._source_numbers.get(name, -1) for name in scope.sources]
            inside &= np.isin(self._sources[:used], numbers)
        if scope.languages is not None:
            codes = [LANGUAGES.index(one) for one in scope.languages if one in LANGUAGES]
            inside &= np.isin(self._languages[:used], codes)
        if scope.modified_after is not None:
            inside &= self._modified[:used] > scope.modified_after.timestamp()
        wanted = np.zeros(int(classes.max(initial=0)) + 2, bool)
        for one in scope.classes:
            if 0 <= one < len(wanted) - 1:
                wanted[one] = True
        mask = inside & wanted[classes]  # a dead row's -1 is the last entry, which stays False
        return Visible(mask, self._by_language(mask), live, int(inside.sum()))

    def _by_language(self, mask: NDArray[np.bool_]) -> dict[str, int]:
        counts = np.bincount(self._languages[: len(mask)][mask], minlength=len(LANGUAGES))
        return {name: int(counts[code]) for code, name in enumerate(LANGUAGES)}

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
        self._mapped()  # before a rebuild puts other files in the place of these
        self._signs = Signs(self._signs_path, self.dimensions)
        self._signs.load(whole, lambda first, end: self._mapped()[first:end])
        self._words = PassageWords(self._folder, self._words_build, whole)

    def _append(
        self, ids: NDArray[np.int64], vectors: NDArray[np.float32], words: Sequence[Words]
    ) -> None:
        try:
            with self._vectors_path.open("ab") as file:
                file.write(vectors.tobytes())
            with self._ids_path.open("ab") as file:
                file.write(ids.tobytes())
            self._signs.append(vectors)
            self._words.append(words)
        except OSError as exc:  # what is half written must not stand before the next rows
            os.truncate(self._vectors_path, 4 * self.dimensions * self._used)
            os.truncate(self._ids_path, 8 * self._used)
            self._signs.cut(self._used)
            self._words.cut(self._used)
            raise CannotWrite.because("the vector index", exc) from exc
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
