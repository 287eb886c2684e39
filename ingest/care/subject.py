"""What a check looks at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ingest.care.live import OpenGeneration
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.index.interface import Index
from ingest.types import Embedder


@dataclass(frozen=True, slots=True)
class Subject:
    """What is compared with the catalogue: an open index, and the files of uploads in `home`.

    `embedder` is the one whose vectors the index holds, `generation` the one it is of, and `live`
    says whether questions are answered from that one.
    """

    catalogue: Catalogue
    index: Index
    embedder: Embedder
    home: Path
    generation: int
    live: bool = True

    @classmethod
    def of(
        cls, catalogue: Catalogue, home: Path, opened: OpenGeneration, *, live: bool = True
    ) -> Subject:
        """An open generation."""
        return cls(catalogue, opened.index, opened.embedder, home, opened.number, live)
