"""The approximate vector index: Chroma's HNSW graph (its only home), for when there is much to see.

Chroma holds ids and vectors, nothing else: no documents (measured: 4 times the cost of an add and
5.4 times the disk), no metadata (a `where` costs 28 to 460 times the query). Languages are
collections of their own, since their scores are not comparable. A damaged HNSW file can crash the
process that opens it (Chroma 1.5.9 after `kill -9`: 3 of 42), so after an unclean stop `probe`
opens it in a child first; whatever fails is thrown away and filled again from the matrix.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.errors import IndexCorrupt
from ingest.types import Hit, Vectors

BATCH = 100
"""Most rows an add: a writer stalls readers while its batch is applied, so batches are small."""

_EF = 200
_PROBE = """
import sys, chromadb
client = chromadb.PersistentClient(sys.argv[1], chromadb.Settings(anonymized_telemetry=False))
for collection in client.list_collections():
    found = client.get_collection(collection.name, embedding_function=None)
    if found.count():
        found.query(query_embeddings=[[0.1] * int(sys.argv[2])], n_results=1, include=[])
"""


def probe(folder: Path, dimensions: int, timeout_s: float = 120) -> bool:
    """Whether the graph in `folder` can be opened and searched, tried in a child process."""
    if not folder.exists():
        return True
    command = [sys.executable, "-c", _PROBE, str(folder), str(dimensions)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def discard(folder: Path) -> None:
    """Throws a graph away; everything in it can be made again."""
    shutil.rmtree(folder, ignore_errors=True)


class Graph:
    """One Chroma collection a language. One process owns it; searching is thread-safe."""

    def __init__(self, folder: Path, languages: Sequence[str]) -> None:
        """Opens or makes the collections; this imports Chroma, which takes two seconds.

        Raises:
            IndexCorrupt: what is there cannot be opened.
        """
        import chromadb
        from chromadb.config import Settings

        folder.mkdir(parents=True, exist_ok=True)
        try:
            settings = Settings(anonymized_telemetry=False)
            self._client: Any = chromadb.PersistentClient(str(folder), settings)
            self._collections: dict[str, Any] = {
                language: self._client.get_or_create_collection(
                    f"passages-{language}",
                    embedding_function=None,
                    configuration={
                        "hnsw": {"space": "cosine", "ef_construction": _EF, "ef_search": _EF}
                    },
                )
                for language in languages
            }
        except Exception as exc:  # Chroma raises its Rust core's errors under many classes
            raise IndexCorrupt(
                f"the vector graph in {folder} cannot be opened ({exc}); it will be rebuilt"
            ) from exc

    def add(self, language: str, ids: Sequence[int], vectors: Vectors) -> None:
        """Adds rows in small batches; ids must be new (an existing id is silently kept)."""
        for start in range(0, len(ids), BATCH):
            self._collections[language].add(
                ids=[str(one) for one in ids[start : start + BATCH]],
                embeddings=vectors[start : start + BATCH],
            )

    def remove(self, language: str, ids: Sequence[int]) -> None:
        """Takes rows out of a language's collection."""
        for start in range(0, len(ids), BATCH):
            self._collections[language].delete(ids=[str(one) for one in ids[start : start + BATCH]])

    def ids(self, language: str) -> set[int]:
        """Every id in a language's collection."""
        return {int(one) for one in self._collections[language].get(include=[])["ids"]}

    def search(self, language: str, vector: NDArray[np.float32], limit: int) -> list[Hit]:
        """The nearest `limit` rows of a language; the score is the cosine."""
        found = self._collections[language].query(
            query_embeddings=[vector], n_results=limit, include=["distances"]
        )
        ids, distances = found["ids"][0], found["distances"][0]
        return [
            Hit(int(one), 1.0 - float(distance))
            for one, distance in zip(ids, distances, strict=True)
        ]

    def close(self) -> None:
        """Lets the client go, so that the folder may be removed or opened anew."""
        self._client.close()
