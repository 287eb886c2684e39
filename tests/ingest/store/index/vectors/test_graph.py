"""Chroma's graph: what it holds, and how damage to it is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.store.index.vectors.graph import Graph, probe
from tests.ingest.store.index.passages import unit


def test_graph_keeps_what_it_was_given_and_is_probed_whole(tmp_path: Path) -> None:
    """Chroma gives back ids and cosines, and the probe of a whole graph succeeds."""
    vectors = unit(30)
    graph = Graph(tmp_path, ("en", "zh"))
    graph.add("en", list(range(30)), vectors)
    graph.remove("en", [3])
    assert graph.ids("en") == set(range(30)) - {3}
    best = graph.search("en", vectors[7], 3)[0]
    assert best.chunk_id == 7
    assert best.score == pytest.approx(1.0, abs=1e-4)
    assert graph.search("zh", vectors[7], 3) == []
    graph.close()
    assert probe(tmp_path, 16)


def test_a_damaged_graph_is_noticed_in_a_child_process(tmp_path: Path) -> None:
    """Whatever the damage does to the process that opens it, this one lives."""
    graph = Graph(tmp_path, ("en",))
    graph.add("en", [1], unit(1))
    graph.close()
    (tmp_path / "chroma.sqlite3").write_bytes(b"not a database" * 100)
    assert not probe(tmp_path, 16)
