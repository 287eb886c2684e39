"""Texts encoded in batches of like length, so that little is padding."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ingest.types import Vectors

_BATCH = 64
_TOKEN_BUDGET = 16_384


def by_length(
    texts: Sequence[str], dimensions: int, encode: Callable[[Sequence[str]], Vectors]
) -> Vectors:
    """Encodes in batches of texts of like length, bounded in number and in characters."""
    out = np.zeros((len(texts), dimensions), np.float32)
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    batch: list[int] = []
    for i in order:
        longest = len(texts[i])
        if batch and (len(batch) >= _BATCH or longest * (len(batch) + 1) > 4 * _TOKEN_BUDGET):
            out[batch] = encode([texts[j] for j in batch])
            batch = []
        batch.append(i)
    if batch:
        out[batch] = encode([texts[j] for j in batch])
    return out
