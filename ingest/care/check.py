"""Proving that catalogue and indexes agree, and mending what does not.

The catalogue is the truth. Everything is read in pages, so that a million passages need no more
memory than ten thousand, and beside readers and syncs. So what seems wrong at the first look may
only have been under way: a sync writes to the indexes before it publishes, and purges them
afterwards. It is looked at once more while no label changes, and where possible no sync runs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.care.differences import Page, compare, strangers
from ingest.care.mend import mend
from ingest.care.report import Found, Report
from ingest.care.subject import Subject
from ingest.store.catalogue import embeddings, sources
from ingest.store.catalogue.database.batches import in_parts
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.documents.known import known_files
from ingest.store.catalogue.documents.removing import to_purge
from ingest.store.catalogue.for_index import live_page, live_rows_of, unseen_chunks
from ingest.store.catalogue.sources import UPLOADS
from ingest.store.index.interface import Filed
from ingest.store.index.local import LocalIndex

SECOND_LOOK_S = 1.0


_CLOSE = 2e-3


_PAGE = 5000


_LAST = 2**63 - 1


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
    mend(subject, sure)
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
            rows = live_page(connection, subject.generation, after, _PAGE)
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
    for ids in in_parts(sorted(passages)):
        with catalogue.read() as connection:
            rows = live_rows_of(connection, subject.generation, ids)
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
    for ids in in_parts(odd):
        with subject.catalogue.read() as connection:
            unseen |= unseen_chunks(connection, ids)
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


_NO_PASSAGES = frozenset({"words_damaged", "purge_left", "uploads_missing"})


def _waiting(catalogue: Catalogue) -> Sequence[int]:
    with catalogue.read() as connection:
        return to_purge(connection, _LAST)


def _lost_uploads(subject: Subject) -> set[Any]:
    with subject.catalogue.read() as connection:
        paths = known_files(connection, UPLOADS)
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
