"""The signs of vectors: few rows to look at, the nearest ones among them, whole after a crash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.store.index.vectors.signs import Signs, _planes
from ingest.types import Vectors


def _vectors(count: int, dimensions: int, seed: int = 0) -> Vectors:
    """Vectors of length 1 in loose bunches, as those of texts are."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(40, dimensions))
    found = centres[random.integers(0, 40, count)] + 0.8 * random.normal(size=(count, dimensions))
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found.astype(np.float32)


def _of(vectors: Vectors) -> Callable[[int, int], Vectors]:
    return lambda first, end: vectors[first:end]


def _filled(path: Path, vectors: Vectors) -> Signs:
    signs = Signs(path, vectors.shape[1])
    signs.load(0, _of(vectors))
    for start in range(0, len(vectors), 700):
        signs.append(vectors[start : start + 700])
    return signs


@pytest.mark.parametrize("dimensions", [64, 256, 384])
@pytest.mark.parametrize("share", [1.0, 0.7, 0.1])
def test_the_nearest_rows_are_among_those_picked(
    tmp_path: Path, dimensions: int, share: float
) -> None:
    """Of the ten nearest allowed rows nine are left when one row in ten is looked at."""
    vectors = _vectors(6000, dimensions)
    signs = _filled(tmp_path / "signs", vectors)
    rows = np.flatnonzero(np.random.default_rng(1).random(6000) < share)
    found = []
    for query in vectors[:40] + 0.02 * _vectors(40, dimensions, seed=2):
        picked = signs.nearest(query, rows, len(rows) // 10)
        assert set(picked) <= set(rows)
        assert len(rows) // 10 <= len(picked) < len(rows) // 2
        best = rows[np.argsort(-(vectors[rows] @ query))[:10]]
        found.append(len(set(best) & set(picked)) / 10)
    assert np.mean(found) > 0.9


def test_few_rows_are_all_picked(tmp_path: Path) -> None:
    """There is nothing to choose where fewer rows are allowed than are looked at."""
    signs = _filled(tmp_path / "signs", _vectors(50, 16))
    rows = np.array([3, 7, 20])
    assert signs.nearest(_vectors(1, 16)[0], rows, 3).tolist() == [3, 7, 20]


@pytest.mark.parametrize("length", [0, 32 * 100, 32 * 100 + 5, 32 * 900])
def test_a_torn_or_missing_file_is_made_whole(tmp_path: Path, length: int) -> None:
    """Signs are made again from the vectors, and those of rows that are not there are dropped."""
    path, vectors = tmp_path / "signs", _vectors(800, 32)
    _filled(path, _vectors(900, 32))
    whole = (tmp_path / "whole", vectors)
    _filled(*whole)
    path.write_bytes((whole[0].read_bytes() + bytes(32 * 100))[:length])
    Signs(path, 32).load(800, _of(vectors))
    assert path.read_bytes() == whole[0].read_bytes()


def test_what_is_cut_off_is_written_anew(tmp_path: Path) -> None:
    """Rows that could not be added as a whole leave nothing behind."""
    path, vectors = tmp_path / "signs", _vectors(300, 32)
    signs = _filled(path, vectors[:200])
    signs.append(_vectors(50, 32, seed=5))
    signs.cut(200)
    signs.append(vectors[200:])
    _filled(tmp_path / "whole", vectors)
    assert path.read_bytes() == (tmp_path / "whole").read_bytes()


@pytest.mark.parametrize("dimensions", [8, 256, 300, 1536])
def test_planes_are_as_orthogonal_as_there_is_room(dimensions: int) -> None:
    """Signs say different things: no two planes are the same, and in 256 dimensions all differ."""
    planes: NDArray[np.float32] = _planes(dimensions)
    assert planes.shape == (dimensions, 256)
    if dimensions == 256:
        assert np.allclose(planes.T @ planes, 256 * np.eye(256))
    assert planes.flags.c_contiguous


def test_planes_never_change() -> None:
    """The file outlives the process and may be carried to another machine."""
    planes = _planes(256)
    assert planes[:2, :8].tolist() == [[1] * 8, [-1, 1, -1, -1, -1, -1, 1, -1]]
