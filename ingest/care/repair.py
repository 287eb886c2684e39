"""Bringing the indexes up to the catalogue, from what it keeps.

Nothing is parsed, and only what was never embedded is embedded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import structlog
from numpy.typing import NDArray

from ingest.store.catalogue import embeddings
from ingest.store.catalogue.database.batches import in_parts
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.for_index import LiveRow, index_rows, live_rows, text_hashes
from ingest.store.follow import purge
from ingest.store.index.interface import Index, Labels
from ingest.text.composed import embedded_row
from ingest.types import Embedder, IndexRow

_BATCH = 2000

_log = structlog.get_logger(__name__)


def label_and_mend(
    catalogue: Catalogue,
    index: Index,
    embedder: Embedder,
    *,
    check_words: bool,
    generation: int | None = None,
) -> None:
    """What opening an index does: labels every vector, adds what is missing, drops what is dead.

    With `check_words` the ids of the lexical index are compared one by one, else by their number.
    """
    with catalogue.read() as connection:
        live = {row.chunk_id: labels_of(row) for row in live_rows(connection, generation)}
    missing = index.label_vectors(live)
    if check_words or index.word_count() != len(live):
        indexed = set(index.word_ids())
        index.remove([one for one in indexed if one not in live])
        missing |= {one for one in live if one not in indexed}
    if missing:
        _log.info("bringing the indexes up to the catalogue", passages=len(missing))
        index_again(catalogue, index, embedder, sorted(missing), generation)
    index.commit()
    if generation is None:
        purge(catalogue, index)


def index_again(
    catalogue: Catalogue,
    index: Index,
    embedder: Embedder,
    chunk_ids: Iterable[int],
    generation: int | None = None,
) -> None:
    """Writes live chunks of a generation (None: the live one) to its index; the caller commits.

    Ids that are not live are left out.
    """
    for part in in_parts(list(chunk_ids), _BATCH):
        with catalogue.read() as connection:
            hashes = text_hashes(connection, part)
            wanted = list(set(hashes.values()))
            kept = embeddings.kept(connection, embedder.name, wanted)
            lost = [one for one in part if hashes.get(one, "") not in kept]
            unkept = index_rows(connection, lost, generation) if lost else []
        if unkept:
            kept.update(_embed_again(catalogue, embedder, [row for row, _ in unkept], hashes))
        with catalogue.settling:  # what they are filtered by does not change before it is written
            with catalogue.read() as connection:
                rows = index_rows(connection, part, generation)
            rows = [one for one in rows if hashes.get(one[0].chunk_id, "") in kept]
            if rows:
                vectors = np.stack([kept[hashes[row.chunk_id]] for row, _ in rows])
                index.add([row for row, _ in rows], vectors, [modified for _, modified in rows])


def _embed_again(
    catalogue: Catalogue, embedder: Embedder, rows: Sequence[IndexRow], hashes: Mapping[int, str]
) -> dict[str, NDArray[np.float32]]:
    """The vectors of passages whose embedding was lost, as they are kept from now on."""
    texts = {hashes[row.chunk_id]: embedded_row(row) for row in rows}
    made = embeddings.as_kept(embedder.embed(list(texts.values())))
    again = dict(zip(texts, made, strict=True))
    with catalogue.write() as tx:
        embeddings.keep(tx, embedder.name, again)
    return again


def rebuild(
    catalogue: Catalogue,
    index: Index,
    embedder: Embedder,
    on_progress: Callable[[int, int], None],
) -> int:
    """Builds both indexes anew beside the old ones, which answer until the new ones are whole.

    The caller sees to it that nobody writes meanwhile. Returns how many passages there are.
    """

    def fill(fresh: Index) -> Mapping[int, Labels]:
        with catalogue.read() as connection:
            live = {row.chunk_id: labels_of(row) for row in live_rows(connection)}
        done = 0
        for part in in_parts(list(live), _BATCH):
            index_again(catalogue, fresh, embedder, part)
            fresh.commit()
            done += len(part)
            on_progress(done, len(live))
        return live

    index.rebuild(fill)
    purge(catalogue, index)
    return index.count()


def labels_of(row: LiveRow) -> Labels:
    """What the indexes filter a live chunk by."""
    return Labels(row.access_class, row.language, row.source, row.modified_at)
