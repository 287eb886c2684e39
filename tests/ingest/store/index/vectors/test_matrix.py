"""The matrix: exact, whole after a torn write, dead rows gone at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.store.index.interface import Labels
from ingest.store.index.vectors.matrix import Matrix
from ingest.types import Scope
from tests.ingest.store.index.passages import DAY, EVERYTHING, unit


@settings(max_examples=40, deadline=None)
@given(
    classes=st.lists(st.integers(1, 4), min_size=1, max_size=40),
    allowed=st.frozensets(st.integers(1, 5), max_size=4),
)
def test_matrix_finds_the_nearest_allowed_rows_exactly(
    tmp_path_factory: pytest.TempPathFactory, classes: list[int], allowed: frozenset[int]
) -> None:
    """Never a forbidden row, never a missing allowed one, in the order of the cosines."""
    vectors = unit(len(classes))
    matrix = Matrix(tmp_path_factory.mktemp("m"), 16)
    labels = [Labels(one, "en", "s", DAY) for one in classes]
    matrix.add(list(range(len(classes))), vectors, labels)
    query = unit(1, seed=2)[0]
    rows = matrix.visible_rows(matrix.visible(Scope(allowed)))
    found = matrix.search(query, rows, 5)
    expected = sorted(
        (i for i, one in enumerate(classes) if one in allowed),
        key=lambda i: -float(vectors[i] @ query),
    )[:5]
    assert [hit.chunk_id for one in found for hit in one.hits] == expected


def test_matrix_survives_a_torn_write(tmp_path: Path) -> None:
    """A half-written last row is not there after opening; the others are."""
    vectors = unit(3)
    matrix = Matrix(tmp_path, 16)
    matrix.add([7, 8, 9], vectors, [Labels(1, "en", "s", DAY)] * 3)
    with (tmp_path / "vectors.f32").open("rb+") as file:
        file.truncate(2 * 64 + 10)
    again = Matrix(tmp_path, 16)
    assert again.ids() == [7, 8]
    known, stored = again.vectors_of([7, 8, 9])
    assert known == [7, 8]
    assert np.array_equal(stored, vectors[:2])


def test_matrix_rows_are_dead_once_removed_or_replaced(tmp_path: Path) -> None:
    """Removal works at once and without rewriting the file."""
    matrix = Matrix(tmp_path, 16)
    labels = [Labels(1, "en", "s", DAY)] * 2
    matrix.add([1, 2], unit(2), labels)
    matrix.add([1], unit(1, seed=5), labels[:1])
    matrix.remove([2, 99])
    assert matrix.ids() == [1]
    assert matrix.slots == 3
    (found,) = matrix.search(unit(1, seed=5)[0], matrix.visible_rows(matrix.visible(EVERYTHING)), 9)
    assert [hit.chunk_id for hit in found.hits] == [1]
    assert found.hits[0].score == pytest.approx(1.0, abs=1e-5)
