"""Proving that catalogue and indexes agree, and mending what does not.

The catalogue is the truth. Everything is read in pages, so that a million passages need no more
memory than ten thousand, and beside readers and syncs. So what seems wrong at the first look may
only have been under way: a sync writes to the indexes before it publishes, and purges them
afterwards. It is looked at once more while no label changes, and where possible no sync runs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.catalogue import documents, embeddings, reading, sources
from ingest.catalogue.engine import Catalogue
from ingest.catalogue.sources import UPLOADS
from ingest.differences import KINDS, Page, compare, strangers
from ingest.index.interface import Filed
from ingest.index.local import LocalIndex
from ingest.repair import restore
from ingest.sync import purge
from ingest.types import Embedder

SHOWN = 5
SECOND_LOOK_S = 1.0
_CLOSE = 2e-3
_PAGE = 5000
_LAST = 2**63 - 1

Found = dict[str, set[Any]]


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found: ids (chunk ids; document paths for uploads) by what is wrong.

    `left` is what of it is still wrong: all of it, unless it was to be mended.
    """

    passages: int
    found: Mapping[str, frozenset[Any]] = field(default_factory=dict)
    left: Mapping[str, frozenset[Any]] = field(default_factory=dict)
    mended: bool = False

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong (any more)."""
        return not self.left

    def to_json(self) -> dict[str, Any]:
        """For the API and `--json`."""
        return {
            "clean": self.clean,
            "passages": self.passages,
            "mended": self.mended,
            "problems": [
                {
                    "kind": kind,
                    "meaning": KINDS[kind],
                    "count": len(ids),
                    "left": len(self.left.get(kind, ())),
                    "examples": sorted(ids)[:SHOWN],
                }
                for kind, ids in sorted(self.found.items())
            ],
        }


@dataclass(frozen=True, slots=True)
class Subject:
    """What is compared with the catalogue: an open index, and the files of uploads in `home`.

    `embedder` is the one whose vectors the index holds, `generation` the one it is of, and `live`
    says whether questions are answered from that one.
    """

    catalogue: Catalogue
    index: LocalIndex
    embedder: Embedder
    home: Path
    generation: int
    live: bool = True


def check(
    subject: Subject,
    *,
    repair: bool = False,
    still: Callable[[], AbstractContextManager[bool]] = lambda: nullcontext(True),
    stop: threading.Event | None = None,
    second_look_s: float = SECOND_LOOK_S,
) -> Report:
    """Compares everything, and with `repair` mends it.

    Args:
        subject: what is compared.
            repair: mend what can be mended beside syncs; damaged files call for `repair.rebuild`.
        still: keeps syncs away for a moment; gives False when one is under way, whose work is not
            to be taken for what somebody left behind.
        stop: when set, the check ends early and reports what it had found for sure: nothing.
        second_look_s: how long after the first look what seemed wrong is looked at again.
    """
    stop = stop or threading.Event()
    first, passages = _first_look(subject, stop)
    if not first or stop.is_set():
        return Report(passages)
    stop.wait(second_look_s)
    with still() as is_still, subject.catalogue.settling:
        second = _second_look(subject, first, is_still)
    sure = {kind: frozenset(first.get(kind, set()) & ids) for kind, ids in second.items()}
    sure = {kind: ids for kind, ids in sure.items() if ids}
    if not repair or not sure or stop.is_set():
        return Report(passages, sure, sure)
    _mend(subject, sure)
    with subject.catalogue.settling:
        third = _second_look(subject, sure, is_still)
    left = {kind: ids & third.get(kind, set()) for kind, ids in sure.items()}
    return Report(passages, sure, {kind: ids for kind, ids in left.items() if ids}, mended=True)


def _first_look(subject: Subject, stop: threading.Event) -> tuple[Found, int]:
    """Whatever seems wrong, and how many passages are live."""
    catalogue, index = subject.catalogue, subject.index
    found: Found = {}
    passages = 0
    in_matrix = _sorted(index.matrix.ids())
    in_graph = index.in_graph()
    graph = None if in_graph is None else _sorted(in_graph)
    del in_graph
    after = -1
    _add(found, {"words_damaged": set(index.words.damaged())})
    while after < _LAST and not stop.is_set():
        with catalogue.read() as connection:
            rows = reading.live_page(connection, subject.generation, after, _PAGE)
            names = [one.name for one in sources.all_sources(connection)]
        last = rows[-1].chunk_id if len(rows) == _PAGE else _LAST
        some = range(after + 1, min(last + 1, _LAST))
        words, twice = _words(index, some, names, found)
        page = Page(
            live={row.chunk_id: row for row in rows},
            words=words,
            vectors=index.matrix.filed(_between(in_matrix, after, last)),
            twice=twice,
            graph=None if graph is None else _between(graph, after, last),
        )
        _add(found, _wrong(subject, page))
        passages += len(rows)
        after = last
    _add(found, {"purge_left": set(_waiting(catalogue)), "uploads_missing": _lost_uploads(subject)})
    return found, passages


def _second_look(subject: Subject, suspects: Mapping[str, Iterable[Any]], is_still: bool) -> Found:
    """What is still wrong of what seemed so; the caller holds `settling`."""
    catalogue, index = subject.catalogue, subject.index
    found: Found = {}
    if "words_damaged" in suspects:
        _add(found, {"words_damaged": set(index.words.damaged())})
    passages = {one for kind, ids in suspects.items() if kind not in _NO_PASSAGES for one in ids}
    in_graph = index.in_graph()
    for ids in _parts(sorted(passages)):
        with catalogue.read() as connection:
            rows = reading.live_rows_of(connection, subject.generation, ids)
            names = [one.name for one in sources.all_sources(connection)]
        words, twice = _words(index, ids, names, found)
        page = Page(
            live={row.chunk_id: row for row in rows},
            words=words,
            vectors=index.matrix.filed(ids),
            twice=twice,
            graph=None if in_graph is None else in_graph.intersection(ids),
        )
        _add(found, _wrong(subject, page))
    # What a sync has published it purges at its end: only without one is anything left over.
    if is_still and "purge_left" in suspects:
        _add(found, {"purge_left": set(_waiting(catalogue))})
    if "uploads_missing" in suspects:
        _add(found, {"uploads_missing": _lost_uploads(subject)})
    return found


def _words(
    index: LocalIndex, ids: range | Sequence[int], names: Iterable[str], found: Found
) -> tuple[Mapping[int, Filed] | None, set[int]]:
    """How the lexical index has filed passages; None if its files do not allow to know."""
    return (None, set()) if "words_damaged" in found else index.words.filed(ids, names)


def _wrong(subject: Subject, page: Page) -> Mapping[str, set[Any]]:
    odd = sorted(strangers(page))
    unseen: set[int] = set()
    for ids in _parts(odd):
        with subject.catalogue.read() as connection:
            unseen |= reading.unseen(connection, ids)
    found = compare(
        Page(page.live, page.words, page.vectors, page.twice, page.graph, frozenset(unseen))
    )
    live = page.live
    with subject.catalogue.read() as connection:
        hashes = list({row.text_hash for row in live.values()})
        kept = embeddings.kept(connection, subject.embedder.name, hashes)
    lost = {one for one, row in live.items() if row.text_hash not in kept}
    if lost:
        found["embeddings_missing"] = lost
    known, vectors = subject.index.matrix.vectors_of([one for one in live if one not in lost])
    if known:
        wanted = np.stack([kept[live[one].text_hash] for one in known])
        with np.errstate(invalid="ignore", over="ignore"):
            near = np.abs(vectors - wanted).max(axis=1) <= _CLOSE  # False for what is no number
        if not near.all():
            found["vectors_stale"] = {
                one for one, is_near in zip(known, near, strict=True) if not is_near
            }
    return found


def _mend(subject: Subject, found: Mapping[str, Iterable[Any]]) -> None:
    catalogue, index = subject.catalogue, subject.index
    dead = {*found.get("words_orphaned", ()), *found.get("vectors_orphaned", ())}
    for part in _parts(sorted(dead)):
        index.remove(part)
    again: set[int] = set()
    for kind in KINDS:
        if not kind.endswith("orphaned") and kind.startswith(("words", "vectors", "embeddings")):
            again.update(found.get(kind, ()))
    restore(catalogue, index, subject.embedder, sorted(again), subject.generation)
    index.commit()
    if subject.live:
        purge(catalogue, index)
    if found.keys() & _SPOIL_GRAPH:
        index.rebuild_graph()


_NO_PASSAGES = frozenset({"words_damaged", "purge_left", "uploads_missing"})
_SPOIL_GRAPH = frozenset(
    {"graph_missing", "graph_orphaned", "vectors_stale", "vectors_wrong_label"}
)
"""The graph never learns that a row it has got was wrong, or in another language's collection."""


def _waiting(catalogue: Catalogue) -> Sequence[int]:
    with catalogue.read() as connection:
        return documents.to_purge(connection, _LAST)


def _lost_uploads(subject: Subject) -> set[Any]:
    with subject.catalogue.read() as connection:
        paths = documents.known_files(connection, UPLOADS)
    return {path for path in paths if not (subject.home / "uploads" / path).is_file()}


def _add(found: Found, more: Mapping[str, set[Any]]) -> None:
    for kind, ids in more.items():
        if ids:
            found.setdefault(kind, set()).update(ids)


def _sorted(ids: Iterable[int]) -> NDArray[np.int64]:
    return np.sort(np.fromiter(ids, np.int64))


def _between(ids: NDArray[np.int64], after: int, last: int) -> list[int]:
    """Those of the sorted `ids` that are above `after` and not above `last`."""
    first, end = np.searchsorted(ids, [after, last], side="right")
    part: list[int] = ids[first:end].tolist()
    return part


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + _PAGE] for start in range(0, len(ids), _PAGE))
