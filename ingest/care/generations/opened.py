"""A generation that is open: its index and its embedder."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.store.catalogue.generations import Generation
from ingest.store.index.local import LocalIndex
from ingest.types import Embedder


@dataclass(frozen=True, slots=True)
class Opened:
    """A generation with its index and its embedder."""

    generation: Generation
    index: LocalIndex
    embedder: Embedder
