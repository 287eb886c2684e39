"""A small step of the English rows towards MiniLM's vectors of whole sentences.

The sum of a sentence's rows should point where MiniLM's vector of the sentence points. Ridge
regression on the *change* of the rows: rows of words that the sentences do not hold stay where
they are, and seen ones are held back by `_PULL`, so that little text cannot bend the space.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from ingest.models.build.vectors import Floats

_PULL = 0.3
_ROUNDS = 15


def distil(
    rows: Floats, weights: Floats, sentences: Sequence[Sequence[int]], targets: Floats
) -> Floats:
    """`rows` moved so that the weighted mean of each sentence's rows is nearer to its target.

    `sentences` are row numbers; `targets` (n, dimensions) count by their direction only.
    """
    mean = _mean_matrix(sentences, weights)
    before: Floats = mean @ rows
    targets = targets / np.maximum(np.linalg.norm(targets, axis=1, keepdims=True), 1e-9)
    # Each target is as long as the present vector reaches in its direction.
    reach = (before * targets).sum(axis=1)
    used = reach > 0
    mean = mean[used]
    wanted = mean.T @ (targets[used] * reach[used, np.newaxis] - before[used])
    return rows + _conjugate_gradients(mean, wanted)


def _mean_matrix(sentences: Sequence[Sequence[int]], weights: Floats) -> Any:
    """A sparse matrix whose product with rows is each sentence's weighted mean."""
    sparse: Any = importlib.import_module("scipy.sparse")
    columns = np.concatenate([np.asarray(one, dtype=np.int64) for one in sentences])
    starts = np.cumsum([0] + [len(one) for one in sentences])
    shape = (len(sentences), len(weights))
    matrix = sparse.csr_matrix((weights[columns], columns, starts), shape=shape)
    matrix.sum_duplicates()
    totals = np.maximum(np.asarray(matrix.sum(axis=1)).ravel(), 1e-9)
    return (sparse.diags(1.0 / totals) @ matrix).astype(np.float32).tocsr()


def _conjugate_gradients(mean: Any, wanted: Floats) -> Floats:
    """Solves (meanᵀ·mean + pull)·x = wanted, each column by itself (Hestenes & Stiefel 1952)."""
    transposed = mean.T.tocsr()
    solution: Floats = np.zeros_like(wanted)
    residual = wanted.copy()
    direction = residual.copy()
    error = (residual * residual).sum(axis=0)
    for _ in range(_ROUNDS):
        image = transposed @ (mean @ direction) + _PULL * direction
        step = error / np.maximum((direction * image).sum(axis=0), 1e-20)
        solution += step * direction
        residual -= step * image
        shrunk = (residual * residual).sum(axis=0)
        direction = residual + shrunk / np.maximum(error, 1e-20) * direction
        error = shrunk
    return solution
