"""The index of one machine keeps the contract of an index, whatever way it takes to a vector."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ingest.store.index.local import LocalIndex
from ingest.store.index.vectors.nearest import ExactUpTo
from tests.ingest.store.index.contract import VECTORS, IndexContract, Open

MANY = ExactUpTo(0, 0)
"""As if there were too many passages to compare all of them."""

WAYS: dict[str, dict[str, Any]] = {
    "scan": {"graph_from": None},
    "signs": {"graph_from": None, "exact": MANY},
    "graph": {"graph_from": 0, "exact": MANY},
}


class TestLocalIndex(IndexContract):
    @pytest.fixture(params=WAYS)
    def opens(self, tmp_path: Path, request: pytest.FixtureRequest) -> Open:
        way = WAYS[request.param]
        return partial(LocalIndex, tmp_path, VECTORS.shape[1], clean=True, **way)
