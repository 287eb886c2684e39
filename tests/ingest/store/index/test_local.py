"""The index of one machine: both legs and the graph that follows, together."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.store.index.interface import Labels
from ingest.store.index.local import LocalIndex
from ingest.store.index.vectors.nearest import ExactUpTo
from ingest.types import Scope
from tests.ingest.store.index.passages import DAY, EVERYTHING, passage, unit

NOTHING = ExactUpTo(0, 0)
"""As if there were too many passages to compare all of them."""


@pytest.fixture
def filled(tmp_path: Path) -> LocalIndex:
    """An index of 400 passages of two classes and two languages, its graph caught up and asked."""
    index = LocalIndex(tmp_path, 16, clean=True, graph_from=0, exact=NOTHING)
    rows = [
        passage(i, f"passage number {i}", 1 if i % 4 else 2, "zh" if i % 2 else "en")
        for i in range(1, 401)
    ]
    index.start()
    index.add(rows, unit(400), [DAY] * 400)
    index.commit()
    assert index.wait_for_graph(60)
    return index


def test_graph_and_matrix_agree(filled: LocalIndex) -> None:
    """Where the graph answers, its best hits of each language are those of the exact search."""
    query, scope = unit(1, seed=9)[0], Scope(frozenset({1}))
    rows = filled.matrix.visible_rows(filled.matrix.visible(scope))
    exact = filled.matrix.search(query, rows, 10)
    near = filled.dense(query, scope, 10)
    for one, other in zip(
        sorted(exact, key=lambda each: each.language),
        sorted(near, key=lambda each: each.language),
        strict=True,
    ):
        assert one.language == other.language
        found = {hit.chunk_id for hit in other.hits}
        assert len({hit.chunk_id for hit in one.hits} & found) >= 9
        assert other.mean == pytest.approx(one.mean, abs=0.05)
    filled.close()


def test_a_graph_that_is_no_longer_worth_it_is_thrown_away(filled: LocalIndex) -> None:
    """Its folder goes with the next start, and every passage is found as before."""
    filled.close()
    folder = filled._folder / "graph"
    assert folder.exists()
    again = LocalIndex(filled._folder, 16, clean=True)
    again.label_vectors({i: Labels(1, "en", "handbook", DAY) for i in range(1, 401)})
    again.start()
    assert again.wait_for_graph(60)
    assert not folder.exists()
    assert again.in_graph() is None
    assert again.dense(unit(1)[0], EVERYTHING, 5)[0].hits
    again.close()


def test_fresh_passages_are_found_before_the_graph_holds_them(filled: LocalIndex) -> None:
    """A passage counts from its first moment, not from when Chroma has caught up."""
    vector = unit(1, seed=77)
    filled.add([passage(1000, "brand new")], vector, [DAY])  # not committed: the graph is not told
    hits = [hit.chunk_id for one in filled.dense(vector[0], EVERYTHING, 3) for hit in one.hits]
    assert 1000 in hits
    filled.close()


def test_removed_passages_are_gone_from_both_legs_and_the_graph(filled: LocalIndex) -> None:
    """Nothing of a removed id is left once the graph has caught up."""
    filled.remove([5])
    filled.commit()
    assert filled.wait_for_graph(60)
    assert 5 not in filled.matrix
    assert 5 not in filled.words.chunk_ids()
    assert filled.in_graph() == set(range(1, 401)) - {5}
    filled.close()


def test_a_damaged_graph_is_rebuilt_while_searches_go_on(tmp_path: Path) -> None:
    """After an unclean stop the graph is thrown away if it cannot be opened, and filled again."""
    index = LocalIndex(tmp_path, 16, clean=True, graph_from=0)
    index.start()
    index.add([passage(i, "words") for i in range(20)], unit(20), [DAY] * 20)
    index.commit()
    assert index.wait_for_graph(60)
    index.close()
    (tmp_path / "graph" / "chroma.sqlite3").write_bytes(b"damaged" * 1000)
    again = LocalIndex(tmp_path, 16, clean=False, graph_from=0)
    again.label_vectors({i: Labels(1, "en", "handbook", DAY) for i in range(20)})
    assert again.dense(unit(1)[0], EVERYTHING, 5)[0].hits  # exact, before the graph is back
    again.start()
    assert again.wait_for_graph(60)
    assert again.in_graph() == set(range(20))
    again.close()
