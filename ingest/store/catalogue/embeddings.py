"""Kept embeddings, by model and text hash: no text is ever embedded twice by the same model.

Vectors are stored as float16 (measured: no loss in ranking), and given back as float32.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from ingest.store.catalogue.database.schema import embedding
from ingest.store.catalogue.database.upsert import insert_missing
from ingest.types import Vectors


def hash_text(text: str) -> str:
    """The key of an embedded text: BLAKE2b, 128 bits, hex."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def as_kept(vectors: Vectors) -> Vectors:
    """New vectors as they will be read back: an index that is rebuilt gives the same answers."""
    return vectors.astype(np.float16).astype(np.float32)


def kept(
    connection: Connection, model: str, hashes: Sequence[str]
) -> dict[str, NDArray[np.float32]]:
    """The vectors that are known, by text hash."""
    found: dict[str, NDArray[np.float32]] = {}
    for start in range(0, len(hashes), 5000):
        part = hashes[start : start + 5000]
        rows = connection.execute(
            select(embedding.c.text_hash, embedding.c.vector).where(
                embedding.c.model == model, embedding.c.text_hash.in_(part)
            )
        )
        for text_hash, vector in rows:
            found[text_hash] = np.frombuffer(vector, np.float16).astype(np.float32)
    return found


def keep(tx: Connection, model: str, vectors: Mapping[str, NDArray[np.float32]]) -> None:
    """Stores vectors by text hash; those already there stay."""
    insert_missing(
        tx,
        embedding,
        [
            {"model": model, "text_hash": text_hash, "vector": vector.astype(np.float16).tobytes()}
            for text_hash, vector in vectors.items()
        ],
    )
