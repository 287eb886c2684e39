"""What a check looks at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.index.local import LocalIndex
from ingest.types import Embedder


@dataclass(frozen=True, slots=True)
class Subject:
    """What is compared with the catalogue: an open index, and the files of uploads in `home`.

    `embedder` is the one whose vectors the index holds, `generation` the one it is of, and `live`
    says whether questions are answered from that one.
    """

    catalogue: Catalogue
    index: LocalIndex
    embedder: Embedder
    home: Path
    generation: int
    live: bool = True
