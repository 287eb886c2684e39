"""What a sync works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ingest.parsers.sandbox.pool import ParserPool
from ingest.sources.interface import Connector
from ingest.store.catalogue import sources
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.documents.publishing import KEPT_VERSIONS
from ingest.store.index.interface import Index
from ingest.store.precedence import Precedence
from ingest.sync.prepare import Prepared
from ingest.types import Embedder


@dataclass(frozen=True, slots=True)
class Tools:
    """What a sync works with.

    `connect` gives the way to a source's files; `worker` is the name that this process claims
    files under.
    """

    catalogue: Catalogue
    index: Index
    embedder: Embedder
    pool: ParserPool[Prepared]
    precedence: Precedence
    connect: Callable[[sources.Source], Connector]
    worker: str
    kept_versions: int = KEPT_VERSIONS
