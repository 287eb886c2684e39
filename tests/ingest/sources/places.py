"""What tests of connectors share."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from ingest.sources.interface import Connector
from ingest.sources.kinds import connect
from ingest.store.catalogue.sources import Source
from tests.folders import OPEN_TO_ALL


def place(home: Path, kind: str, path: str | Path, **options: Any) -> Connector:
    """A connector to a place, on a machine that may read its own network."""
    source = Source("place", str(path), access=OPEN_TO_ALL, kind=kind, options=options)
    return connect(source, home, allow_private=True)


def texts(connector: Connector) -> dict[str, str]:
    """Every listed file's text by path, as it is there now."""
    found = connector.list_files(threading.Event())
    return {one.path: connector.read(one.path).read_text("utf-8-sig") for one in found.files}


def times(connector: Connector) -> dict[str, int]:
    """Every listed file's time in nanoseconds."""
    found = connector.list_files(threading.Event())
    return {one.path: one.mtime_ns for one in found.files}
