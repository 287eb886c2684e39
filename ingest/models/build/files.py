"""Writing the model's files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ingest.models.build.vectors import Floats
from ingest.models.vocabulary import Vocabulary

_STEPS = 127


def write_model(folder: Path, vocabulary: Vocabulary, vectors: Floats) -> None:
    """Write what `StaticModel.load` reads: unit vectors in 8 bits, their scales and weights.

    The weight of a row is its length; a row of zeros stays one.
    """
    lengths = np.linalg.norm(vectors, axis=1)
    unit = vectors / np.maximum(lengths, 1e-9)[:, None]
    largest = np.maximum(np.abs(unit).max(axis=1), 1e-9)
    rows = np.round(unit / largest[:, None] * _STEPS).astype(np.int8)
    # The length after rounding, not the largest value, so that rows are unit vectors again.
    rounded = np.linalg.norm(rows.astype(np.float32), axis=1)
    scales = np.where(rounded > 0, 1.0 / np.maximum(rounded, 1e-9), 0.0)
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "rows.npy", rows)
    np.save(folder / "scales.npy", np.stack([scales, lengths]).astype(np.float32))
    vocabulary.write(folder / "vocabulary.txt")
