"""Mending what a check found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ingest.care.differences import KINDS
from ingest.care.repair import index_again
from ingest.care.subject import Subject
from ingest.store.catalogue.database.batches import in_parts
from ingest.store.follow import purge


def mend(subject: Subject, found: Mapping[str, Iterable[Any]]) -> None:
    """Mends what can be mended beside syncs; damaged files call for `repair.rebuild`."""
    catalogue, index = subject.catalogue, subject.index
    dead = {*found.get("words_orphaned", ()), *found.get("vectors_orphaned", ())}
    for part in in_parts(sorted(dead)):
        index.remove(part)
    again: set[int] = set()
    for kind in KINDS:
        if kind.endswith(("orphaned", "damaged")):  # to be taken out; files, not passages
            continue
        if kind.startswith(("words", "vectors", "embeddings")):
            again.update(found.get(kind, ()))
    index_again(catalogue, index, subject.embedder, sorted(again), subject.generation)
    index.commit()
    if subject.live:
        purge(catalogue, index)
    if found.keys() & _SPOIL_GRAPH:
        index.rebuild_graph()


_SPOIL_GRAPH = frozenset(
    {"graph_missing", "graph_orphaned", "vectors_stale", "vectors_wrong_label"}
)
"""The graph never learns that a row it has got was wrong, or in another language's collection."""
