"""Bringing the indexes after the catalogue: what is dead there goes, what is labelled anew is."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.store.catalogue.database.batches import in_parts
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.documents.removing import note_purged, to_purge
from ingest.store.catalogue.for_index import chunk_ids_of, index_rows
from ingest.store.index.interface import Index


def purge(catalogue: Catalogue, index: Index, batch: int = 5000) -> None:
    """Takes what is dead in the catalogue out of the indexes too."""
    while True:
        with catalogue.read() as connection:
            dead = to_purge(connection, batch)
        if not dead:
            return
        index.remove(dead)
        index.commit()
        with catalogue.write() as tx:
            note_purged(tx, dead)


def relabel(catalogue: Catalogue, index: Index, document_ids: Sequence[str]) -> None:
    """Brings the indexes' labels of documents up to the catalogue's; nothing is embedded."""
    for part in in_parts(document_ids, 200):
        with catalogue.read() as connection:
            ids = chunk_ids_of(connection, part)
            rows = index_rows(connection, ids)
        index.relabel([row for row, _ in rows], [modified for _, modified in rows])
    index.commit()
