"""Access rules taking hold of the documents that are there already."""

from __future__ import annotations

from sqlalchemy import Connection

from ingest.store.catalogue.access import classes
from ingest.store.catalogue.documents.changing import set_access_classes
from ingest.store.catalogue.documents.known import known_files
from ingest.store.catalogue.sources import Source


def documents_follow(tx: Connection, source: Source, path: str | None = None) -> list[str]:
    """Gives a source's documents (or the one at `path`) the access classes of its rules.

    Returns the ids of those whose class is another now.
    """
    changed: dict[str, int] = {}
    for known in known_files(tx, source.name, path).values():
        class_id = classes.class_of(tx, classes.groups_for(known.path, source.access))
        if class_id != known.access_class:
            changed[known.document_id] = class_id
    set_access_classes(tx, changed)
    return list(changed)
