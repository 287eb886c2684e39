"""Writing the model's files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ingest.models.build.vectors import Floats
from ingest.models.vocabulary import Vocabulary

_STEPS = 127


def write_model(
    folder: Path,
    vocabulary: Vocabulary,
    vectors: Floats,
    frequency_weights: tuple[Floats, Floats],
    stretch: Floats,
) -> None:
    """Write what `StaticModel.load` reads.

    `vectors` become unit vectors in 8 bits; a row's two weights, for sums and for MaxSim, are its
    length times its `frequency_weights`; `stretch` scales the axes of a sum, (`DIMENSIONS`,).
    """
    lengths = np.linalg.norm(vectors, axis=1)
    largest = np.maximum(np.abs(vectors).max(axis=1), 1e-9)
    rows = np.round(vectors / largest[:, None] * _STEPS).astype(np.int8)
    # The length after rounding, so that rows times scales are unit vectors again.
    rounded = np.linalg.norm(rows.astype(np.float32), axis=1)
    scales = np.where(rounded > 0, 1.0 / np.maximum(rounded, 1e-9), 0.0)
    factors = np.stack([scales, *(lengths * weights for weights in frequency_weights)])
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "rows.npy", rows)
    np.save(folder / "factors.npy", factors.astype(np.float32))
    np.save(folder / "stretch.npy", stretch.astype(np.float32))
    vocabulary.write(folder / "vocabulary.txt")
