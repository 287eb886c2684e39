"""Proving that catalogue and indexes agree, and mending what does not.

The catalogue is the truth. Whatever an index holds that differs is looked at a second time before
it is called wrong: a sync writes to the indexes before it publishes, and purges them afterwards.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ingest.catalogue import documents, embeddings, reading
from ingest.catalogue.engine import Catalogue
from ingest.catalogue.sources import UPLOADS
from ingest.index.local import LocalIndex
from ingest.repair import labels_of, restore
from ingest.sync import purge
from ingest.types import Embedder

KINDS: Mapping[str, str] = {
    "words_missing": "passages that are not in the lexical index",
    "words_orphaned": "passages in the lexical index that are not live",
    "words_wrong_class": "passages that the lexical index filters by wrong access classes",
    "words_wrong_label": "passages that the lexical index filters by wrong language or time",
    "vectors_missing": "passages that are not in the vector index",
    "vectors_orphaned": "vectors whose passages are not live",
    "vectors_wrong_class": "vectors that are filtered by wrong access classes",
    "vectors_wrong_label": "vectors that are filtered by wrong language, source or time",
    "vectors_stale": "vectors that are not those of their passages' text",
    "embeddings_missing": "passages whose embedding is not kept (it would be made again)",
    "graph_missing": "vectors that are not in the graph",
    "graph_orphaned": "passages in the graph that are not live",
    "uploads_missing": "uploaded documents whose file is gone (upload it again, or delete it)",
}
"""What can be wrong, for people."""

UNMENDABLE = frozenset({"uploads_missing"})
SHOWN = 5
SECOND_LOOK_S = 1.0
_CLOSE = 2e-3
_PAGE = 5000


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found: ids (chunk ids; document paths for uploads) by what is wrong.

    `mended` says whether everything that can be mended was.
    """

    passages: int
    found: Mapping[str, frozenset[Any]] = field(default_factory=dict)
    mended: bool = False

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong (any more)."""
        return not (UNMENDABLE & set(self.found) if self.mended else self.found)

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
                    "examples": sorted(ids)[:SHOWN],
                }
                for kind, ids in sorted(self.found.items())
            ],
        }


def check(
    catalogue: Catalogue,
    index: LocalIndex,
    embedder: Embedder,
    home: Path,
    *,
    repair: bool = False,
    generation: int | None = None,
    stop: threading.Event | None = None,
    second_look_s: float = SECOND_LOOK_S,
) -> Report:
    """Compares everything, and with `repair` mends it.

    Args:
        catalogue: the truth.
        index: what is compared with it.
        embedder: whose vectors are in the index.
        home: the state folder, where uploaded files lie.
        repair: mend what can be mended.
        generation: which one the index is of; None: the live one.
        stop: when set, the check ends early and reports what it had found for sure: nothing.
        second_look_s: how long after the first look what seemed wrong is looked at again.
    """
    stop = stop or threading.Event()
    first, passages = _look(catalogue, index, embedder, home, generation, stop)
    if not any(first.values()) or stop.is_set():
        return Report(passages)
    stop.wait(second_look_s)
    second, passages = _look(catalogue, index, embedder, home, generation, stop)
    sure = {kind: frozenset(first[kind] & second[kind]) for kind in first}
    sure = {kind: ids for kind, ids in sure.items() if ids}
    if not repair or not sure or stop.is_set():
        return Report(passages, sure)
    _mend(catalogue, index, embedder, sure, generation)
    return Report(passages, sure, mended=True)


def _look(
    catalogue: Catalogue,
    index: LocalIndex,
    embedder: Embedder,
    home: Path,
    generation: int | None,
    stop: threading.Event,
) -> tuple[dict[str, set[Any]], int]:
    found: dict[str, set[Any]] = {kind: set() for kind in KINDS}
    # The indexes first: what a sync publishes meanwhile is then missing there at worst, not wrong.
    words = index.words.labels()
    vector_ids = set(index.matrix.ids())
    in_graph = index.in_graph()
    with catalogue.read() as connection:
        live = {row.chunk_id: row for row in reading.live_rows(connection, generation)}
        unpublished = reading.not_live_chunk_ids(connection)
    found["words_missing"] = live.keys() - words.keys()
    found["words_orphaned"] = words.keys() - live.keys() - unpublished
    found["vectors_missing"] = live.keys() - vector_ids
    found["vectors_orphaned"] = vector_ids - live.keys() - unpublished
    if in_graph is not None:
        found["graph_missing"] = (live.keys() & vector_ids) - in_graph
        found["graph_orphaned"] = in_graph - live.keys() - unpublished
    for chunk_id, row in live.items():
        wanted = labels_of(row)
        if (seen := words.get(chunk_id)) is not None:
            if seen.access_class != wanted.access_class:
                found["words_wrong_class"].add(chunk_id)
            elif (seen.language, seen.seconds) != (
                wanted.language,
                round(wanted.modified_at.timestamp()),
            ):
                found["words_wrong_label"].add(chunk_id)
        if (labels := index.matrix.labels_of(chunk_id)) is not None:
            if labels[0] != wanted.access_class:
                found["vectors_wrong_class"].add(chunk_id)
            elif labels[1:] != (wanted.language, wanted.source, wanted.modified_at.timestamp()):
                found["vectors_wrong_label"].add(chunk_id)
    _compare_vectors(catalogue, index, embedder, live, found, stop)
    found["uploads_missing"] = _lost_uploads(catalogue, home)
    return found, len(live)


def _compare_vectors(
    catalogue: Catalogue,
    index: LocalIndex,
    embedder: Embedder,
    live: Mapping[int, reading.LiveRow],
    found: Mapping[str, set[Any]],
    stop: threading.Event,
) -> None:
    ids = list(live)
    for start in range(0, len(ids), _PAGE):
        if stop.is_set():
            return
        part = ids[start : start + _PAGE]
        with catalogue.read() as connection:
            hashes = list({live[one].text_hash for one in part})
            kept = embeddings.kept(connection, embedder.name, hashes)
        found["embeddings_missing"].update(one for one in part if live[one].text_hash not in kept)
        there = [one for one in part if live[one].text_hash in kept]
        known, vectors = index.matrix.vectors_of(there)
        if known:
            wanted = np.stack([kept[live[one].text_hash] for one in known])
            off = np.abs(vectors - wanted).max(axis=1) > _CLOSE
            found["vectors_stale"].update(
                one for one, is_off in zip(known, off, strict=True) if is_off
            )


def _lost_uploads(catalogue: Catalogue, home: Path) -> set[Any]:
    with catalogue.read() as connection:
        paths = documents.known_files(connection, UPLOADS)
    return {path for path in paths if not (home / "uploads" / path).is_file()}


def _mend(
    catalogue: Catalogue,
    index: LocalIndex,
    embedder: Embedder,
    found: Mapping[str, Iterable[Any]],
    generation: int | None,
) -> None:
    dead = {*found.get("words_orphaned", ()), *found.get("vectors_orphaned", ())}
    index.remove(sorted(dead))
    again: set[int] = set()
    for kind in KINDS:
        if not kind.endswith("orphaned") and kind.startswith(("words", "vectors", "embeddings")):
            again.update(found.get(kind, ()))
    restore(catalogue, index, embedder, sorted(again), generation)
    index.commit()
    if generation is None:
        purge(catalogue, index)
    if "graph_missing" in found or "graph_orphaned" in found or "vectors_stale" in found:
        index.rebuild_graph()
