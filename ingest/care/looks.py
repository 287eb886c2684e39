"""Looking for what is wrong: at everything once, and again at what seemed so.

Everything is read in pages, so that a million passages need no more memory than ten thousand.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.care.differences import Page, compare, strangers
from ingest.care.report import Problems
from ingest.care.subject import Subject
from ingest.store.catalogue import embeddings, sources
from ingest.store.catalogue.database.batches import in_parts
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.documents.known import known_files
from ingest.store.catalogue.documents.removing import to_purge
from ingest.store.catalogue.for_index import live_page, live_rows_of, unseen_chunks
from ingest.store.catalogue.sources import UPLOADS
from ingest.store.home import UPLOADED
from ingest.store.index.interface import Filed, Index

_CLOSE = 2e-3
"""Vectors whose numbers differ by no more are the same: other processors round otherwise."""

_PAGE = 5000
_LAST = 2**63 - 1

_NO_PASSAGES = frozenset({"words_damaged", "purge_left", "uploads_missing"})


def first_look(subject: Subject, stop: threading.Event) -> tuple[Problems, int]:
    """Whatever seems wrong, and how many passages are live."""
    catalogue, index = subject.catalogue, subject.index
    found: Problems = {}
    passages = 0
    with_vectors = _sorted(index.vector_ids())
    in_graph = index.in_graph()
    graph = None if in_graph is None else _sorted(in_graph)
    del in_graph
    after = -1
    _add(found, {"words_damaged": set(index.damaged())})
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
            vectors=index.filed_vectors(_between(with_vectors, after, last)),
            twice=twice,
            graph=None if graph is None else _between(graph, after, last),
        )
        _add(found, _wrong(subject, page))
        passages += len(rows)
        after = last
    _add(found, {"purge_left": set(_waiting(catalogue)), "uploads_missing": _lost_uploads(subject)})
    return found, passages


def second_look(
    subject: Subject, suspects: Mapping[str, Iterable[Any]], is_still: bool
) -> Problems:
    """What is still wrong of what seemed so; the caller holds `settling`.

    `is_still` says that no sync is under way.
    """
    catalogue, index = subject.catalogue, subject.index
    found: Problems = {}
    if "words_damaged" in suspects:
        _add(found, {"words_damaged": set(index.damaged())})
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
            vectors=index.filed_vectors(ids),
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
    index: Index, ids: range | Sequence[int], names: Iterable[str], found: Problems
) -> tuple[Mapping[int, Filed] | None, set[int]]:
    """How the words of passages are filed; None if damaged files do not allow to know."""
    return (None, set()) if "words_damaged" in found else index.filed_words(ids, names)


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
    known, vectors = subject.index.known_vectors([one for one in live if one not in lost])
    if known:
        wanted = np.stack([kept[live[one].text_hash] for one in known])
        with np.errstate(invalid="ignore", over="ignore"):
            near = np.abs(vectors - wanted).max(axis=1) <= _CLOSE  # False for what is no number
        if not near.all():
            found["vectors_stale"] = {
                one for one, is_near in zip(known, near, strict=True) if not is_near
            }
    return found


def _waiting(catalogue: Catalogue) -> Sequence[int]:
    with catalogue.read() as connection:
        return to_purge(connection, _LAST)


def _lost_uploads(subject: Subject) -> set[Any]:
    with subject.catalogue.read() as connection:
        paths = known_files(connection, UPLOADS)
    return {path for path in paths if not (subject.home / UPLOADED / path).is_file()}


def _add(found: Problems, more: Mapping[str, set[Any]]) -> None:
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
