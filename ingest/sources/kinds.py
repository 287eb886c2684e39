"""The kinds of places that documents come from, and the connector of each.

`interface` says what a connector is and how to write one.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from ingest.errors import SourceError
from ingest.sources.interface import Connector, Place
from ingest.store.catalogue.sources import Source

KINDS = {
    "archive": "ingest.sources.archive.connector.ArchiveConnector",
    "folder": "ingest.sources.folder.FolderConnector",
    "git": "ingest.sources.git.connector.GitConnector",
    "web": "ingest.sources.web.connector.WebConnector",
}
"""Kinds of sources and their connectors, imported when they are first used."""


def connect(source: Source, home: Path, *, allow_private: bool = False) -> Connector:
    """The way to a source's files; nothing is fetched yet.

    Args:
        source: as the catalogue has it.
        home: the state folder, in which copies are kept (`sources/NAME/KIND`).
        allow_private: the setting `allow_private_addresses`.

    Raises:
        SourceError: there is no such kind, or its path or options are wrong.
    """
    named = KINDS.get(source.kind)
    if named is None:
        raise SourceError(
            f"there is no kind of source called {source.kind!r}; there are {', '.join(KINDS)}"
        )
    module, _, name = named.rpartition(".")
    place = Place(
        source.path,
        copies_of(home, source.name) / source.kind,
        source.include,
        source.exclude,
        source.options,
        allow_private,
    )
    connector: Connector = getattr(import_module(module), name)(place)
    return connector


def copies_of(home: Path, name: str) -> Path:
    """The folder of a source's local copies.

    Raises:
        SourceError: the name cannot be a folder's.
    """
    if not name or name.startswith(".") or set(name) & set("/\\\0"):
        raise SourceError(f"a source cannot be called {name!r}: leave out slashes and a first dot")
    return home / "sources" / name
