"""Small real folders and libraries for tests."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

from ingest.library import Library
from ingest.settings import IngestSettings
from ingest.store.catalogue.access.classes import EVERYONE, AccessRule, readable_classes
from ingest.store.catalogue.jobs.progress import Progress
from ingest.store.catalogue.sources import Source
from ingest.store.index.local import GRAPH_FROM
from ingest.sync.options import SyncOptions
from ingest.types import Embedder, Scope

OPEN_TO_ALL = (AccessRule("**", frozenset({EVERYONE})),)


def write_files(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Writes files below `root` and returns it."""
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            target.write_bytes(content)
        else:
            target.write_text(content, encoding="utf-8")
    return root


def open_library(
    home: Path, *, graph_from: int | None = GRAPH_FROM, embedder: Embedder | None = None
) -> Library:
    """A library whose state is in `home`, with one parser process."""
    settings = IngestSettings(home=home, parse_workers=1)
    return Library(settings, graph_from=graph_from, embedder=embedder)


def add_source(
    library: Library,
    root: Path,
    *,
    name: str = "handbook",
    access: tuple[AccessRule, ...] = OPEN_TO_ALL,
) -> None:
    """Makes `root` a source of the library."""
    library.save_source(Source(name, str(root), access=access, owner="owner@example.org"))


def sync(library: Library, name: str = "handbook", **options: bool) -> Progress:
    """Syncs a source to its end."""
    return library.sync(name, SyncOptions(**options), lambda _: None, threading.Event())


def scope(library: Library, *groups: str, admin: bool = False) -> Scope:
    """What somebody in `groups` may see now."""
    with library.catalogue.read() as connection:
        return Scope(readable_classes(connection, groups, admin=admin))
