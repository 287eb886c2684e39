"""What is wrong between catalogue and indexes: a pure comparison of one page of passages."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, field

from ingest.store.catalogue.for_index import LiveRow
from ingest.store.index.interface import Filed

KINDS: Mapping[str, str] = {
    "words_damaged": "files of the lexical index that are not as they were written",
    "words_missing": "passages that are not in the lexical index",
    "words_orphaned": "passages in the lexical index that are not live",
    "words_twice": "passages that are in the lexical index more than once",
    "words_wrong_class": "passages that the lexical index filters by wrong access classes",
    "words_wrong_label": "passages that the lexical index filters by other wrong labels",
    "vectors_missing": "passages that are not in the vector index",
    "vectors_orphaned": "vectors whose passages are not live",
    "vectors_wrong_class": "vectors that are filtered by wrong access classes",
    "vectors_wrong_label": "vectors that are filtered by other wrong labels",
    "vectors_stale": "vectors that are not those of their passages' text",
    "embeddings_missing": "passages whose embedding is not kept (it is made again)",
    "graph_missing": "vectors that are not in the graph",
    "graph_orphaned": "passages in the graph that are not live",
    "purge_left": "removed passages that nobody has taken out of the indexes yet",
    "uploads_missing": "uploaded documents whose file is gone (upload it again, or delete it)",
}
"""What can be wrong, for people."""


@dataclass(frozen=True, slots=True)
class Page:
    """The same passages in every place, by chunk id.

    `words` and `vectors` say how each index has filed them; `twice` are those that the lexical
    index holds more than once; `words` and `graph` are None where they cannot be compared just now.
    `unseen` are those that an index may hold though nobody sees them: staged, or to be purged.
    """

    live: Mapping[int, LiveRow]
    words: Mapping[int, Filed] | None
    vectors: Mapping[int, Filed]
    twice: Set[int] = field(default_factory=frozenset)
    graph: Collection[int] | None = None
    unseen: Set[int] = field(default_factory=frozenset)


def strangers(page: Page) -> set[int]:
    """What an index holds and is not live; which of them are `unseen`, the catalogue knows."""
    return {*(page.words or ()), *page.vectors, *(page.graph or ())} - page.live.keys()


def compare(page: Page) -> dict[str, set[int]]:
    """The ids with something wrong, by kind (of `KINDS`); kinds without any are left out.

    A wrong access class is told as that, whatever other labels are wrong too.
    """
    live = page.live.keys()
    dead = strangers(page) - page.unseen
    found: dict[str, set[int]] = {"words_twice": set(live & page.twice)}
    for leg, filed in (("words", page.words), ("vectors", page.vectors)):
        if filed is None:
            continue
        found[f"{leg}_missing"] = live - filed.keys()
        found[f"{leg}_orphaned"] = dead & filed.keys()
        for chunk_id in live & filed.keys():
            if kind := _mislabelled(page.live[chunk_id], filed[chunk_id]):
                found.setdefault(f"{leg}_{kind}", set()).add(chunk_id)
    if page.graph is not None:
        graph = set(page.graph)
        found["graph_missing"] = (live & page.vectors.keys()) - graph
        found["graph_orphaned"] = dead & graph
    return {kind: ids for kind, ids in found.items() if ids}


def _mislabelled(row: LiveRow, seen: Filed) -> str:
    if seen.access_class != row.access_class:
        return "wrong_class"
    seconds = row.modified_at.timestamp()
    # The lexical index keeps whole seconds.
    same_time = seen.seconds == seconds or seen.seconds == round(seconds)
    same = (seen.language, seen.source) == (row.language, row.source) and same_time
    return "" if same else "wrong_label"
