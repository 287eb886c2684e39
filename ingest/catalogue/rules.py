"""Access rules taking hold of the documents that are there already."""

from __future__ import annotations

from sqlalchemy import Connection

from ingest.catalogue import access, documents
from ingest.catalogue.sources import Source


def documents_follow(tx: Connection, source: Source, path: str | None = None) -> list[str]:
    """Gives a source's documents (or the one at `path`) the access classes of its rules.

    Returns the ids of those whose class is another now.
    """
    changed: dict[str, int] = {}
    for known in documents.known_files(tx, source.name, path).values():
        class_id = access.class_of(tx, access.groups_for(known.path, source.access))
        if class_id != known.access_class:
            changed[known.document_id] = class_id
    documents.set_access_classes(tx, changed)
    return list(changed)
