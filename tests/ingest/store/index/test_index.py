"""Both legs of the index: what is found, for whom, and how it survives."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ingest.errors import IndexCorrupt
from ingest.store.index.interface import Labels, LexicalQuery
from ingest.store.index.local import LocalIndex
from ingest.store.index.vectors import nearest
from ingest.store.index.vectors.graph import Graph, probe
from ingest.store.index.vectors.matrix import Matrix
from ingest.store.index.words.lexical import LexicalIndex
from ingest.text.words import terms
from ingest.types import IndexRow, Scope

DAY = datetime(2026, 3, 1, tzinfo=UTC)
EVERYTHING = Scope(frozenset({1, 2, 3}))


def _row(chunk_id: int, text: str, access_class: int = 1, language: str = "en") -> IndexRow:
    return IndexRow(
        chunk_id, access_class, language, "handbook", "Title", "a/b.md", ("Heading",), text
    )


def _query(text: str) -> LexicalQuery:
    return LexicalQuery(dict.fromkeys(terms(text), 1.0), {})


def _unit(rows: int, seed: int = 1, dimensions: int = 16) -> NDArray[np.float32]:
    made = np.random.default_rng(seed).normal(size=(rows, dimensions)).astype(np.float32)
    unit: NDArray[np.float32] = made / np.linalg.norm(made, axis=1, keepdims=True)
    return unit


def test_words_find_passages_by_every_field_and_rank_the_text_first(tmp_path: Path) -> None:
    """A word in the text outranks the same word in a heading; both are found."""
    index = LexicalIndex(tmp_path)
    index.add(
        [_row(1, "Parking is free."), replace(_row(2, "Bring your badge."), headings=("Parking",))],
        [DAY, DAY],
    )
    index.commit()
    assert [hit.chunk_id for hit in index.search(_query("parking"), EVERYTHING, 10)] == [1, 2]
    index.close()


def test_words_of_a_forbidden_class_are_not_found(tmp_path: Path) -> None:
    """The lexical leg filters by access class, and an empty scope sees nothing."""
    index = LexicalIndex(tmp_path)
    index.add([_row(1, "salary bands", 1), _row(2, "salary dates", 2)], [DAY, DAY])
    index.commit()
    assert [hit.chunk_id for hit in index.search(_query("salary"), Scope(frozenset({2})), 9)] == [2]
    assert index.search(_query("salary"), Scope(frozenset()), 9) == []
    index.close()


def test_words_are_filtered_by_source_language_and_date(tmp_path: Path) -> None:
    """The asker's own filters narrow the lexical leg."""
    index = LexicalIndex(tmp_path)
    index.add([_row(1, "holiday 假期"), _row(2, "holiday 假期", language="zh")], [DAY, DAY])
    index.commit()
    found = {
        name: [hit.chunk_id for hit in index.search(_query("holiday"), narrowed, 9)]
        for name, narrowed in {
            "language": replace(EVERYTHING, languages=frozenset({"zh"})),
            "source": replace(EVERYTHING, sources=frozenset({"other"})),
            "late": replace(EVERYTHING, modified_after=DAY),
            "early": replace(EVERYTHING, modified_after=datetime(2026, 2, 1, tzinfo=UTC)),
        }.items()
    }
    assert found["language"] == [2]
    assert found["source"] == []
    assert found["late"] == []
    assert sorted(found["early"]) == [1, 2]
    index.close()


def test_adding_an_id_again_replaces_it(tmp_path: Path) -> None:
    """So that writing a batch twice after a crash is harmless."""
    index = LexicalIndex(tmp_path)
    for text in ("old words", "new words"):
        index.add([_row(1, text)], [DAY])
        index.commit()
    assert index.count() == 1
    assert index.search(_query("old"), EVERYTHING, 9) == []
    index.close()


def test_a_second_writer_is_told_what_is_wrong(tmp_path: Path) -> None:
    """One process owns an index; another one gets a clear error, not a damaged index."""
    index = LexicalIndex(tmp_path)
    with pytest.raises(IndexCorrupt, match="cannot be opened"):
        LexicalIndex(tmp_path)
    index.close()


@settings(max_examples=40, deadline=None)
@given(
    classes=st.lists(st.integers(1, 4), min_size=1, max_size=40),
    allowed=st.frozensets(st.integers(1, 5), max_size=4),
)
def test_matrix_finds_the_nearest_allowed_rows_exactly(
    tmp_path_factory: pytest.TempPathFactory, classes: list[int], allowed: frozenset[int]
) -> None:
    """Never a forbidden row, never a missing allowed one, in the order of the cosines."""
    vectors = _unit(len(classes))
    matrix = Matrix(tmp_path_factory.mktemp("m"), 16)
    labels = [Labels(one, "en", "s", DAY) for one in classes]
    matrix.add(list(range(len(classes))), vectors, labels)
    query = _unit(1, seed=2)[0]
    rows = matrix.visible_rows(matrix.visible(Scope(allowed)))
    found = matrix.search(query, rows, 5)
    expected = sorted(
        (i for i, one in enumerate(classes) if one in allowed),
        key=lambda i: -float(vectors[i] @ query),
    )[:5]
    assert [hit.chunk_id for one in found for hit in one.hits] == expected


def test_matrix_survives_a_torn_write(tmp_path: Path) -> None:
    """A half-written last row is not there after opening; the others are."""
    vectors = _unit(3)
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
    matrix.add([1, 2], _unit(2), labels)
    matrix.add([1], _unit(1, seed=5), labels[:1])
    matrix.remove([2, 99])
    assert matrix.ids() == [1]
    assert matrix.slots == 3
    (found,) = matrix.search(
        _unit(1, seed=5)[0], matrix.visible_rows(matrix.visible(EVERYTHING)), 9
    )
    assert [hit.chunk_id for hit in found.hits] == [1]
    assert found.hits[0].score == pytest.approx(1.0, abs=1e-5)


def test_graph_keeps_what_it_was_given_and_is_probed_whole(tmp_path: Path) -> None:
    """Chroma gives back ids and cosines, and the probe of a whole graph succeeds."""
    vectors = _unit(30)
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
    graph.add("en", [1], _unit(1))
    graph.close()
    (tmp_path / "chroma.sqlite3").write_bytes(b"not a database" * 100)
    assert not probe(tmp_path, 16)


def _ask_the_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there were too many passages to compare all of them."""
    monkeypatch.setattr(nearest, "EXACT_ROWS", 0)
    monkeypatch.setattr(nearest, "EXACT_ROWS_OF_LANGUAGE", 0)


@pytest.fixture
def filled(tmp_path: Path) -> LocalIndex:
    """An index of 400 passages of two classes and two languages, its graph caught up."""
    index = LocalIndex(tmp_path, 16, clean=True, graph_from=0)
    rows = [
        _row(i, f"passage number {i}", 1 if i % 4 else 2, "zh" if i % 2 else "en")
        for i in range(1, 401)
    ]
    index.start()
    index.add(rows, _unit(400), [DAY] * 400)
    index.commit()
    assert index.wait_for_graph(60)
    return index


def test_graph_and_matrix_agree(filled: LocalIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the graph answers, its best hits of each language are those of the exact search."""
    query, scope = _unit(1, seed=9)[0], Scope(frozenset({1}))
    exact = filled.dense(query, scope, 10)
    _ask_the_graph(monkeypatch)
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
    assert again.dense(_unit(1)[0], EVERYTHING, 5)[0].hits
    again.close()


def test_fresh_passages_are_found_before_the_graph_holds_them(
    filled: LocalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A passage counts from its first moment, not from when Chroma has caught up."""
    _ask_the_graph(monkeypatch)
    vector = _unit(1, seed=77)
    filled.add([_row(1000, "brand new")], vector, [DAY])  # not committed: the graph is not told
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
    index.add([_row(i, "words") for i in range(20)], _unit(20), [DAY] * 20)
    index.commit()
    assert index.wait_for_graph(60)
    index.close()
    (tmp_path / "graph" / "chroma.sqlite3").write_bytes(b"damaged" * 1000)
    again = LocalIndex(tmp_path, 16, clean=False, graph_from=0)
    again.label_vectors({i: Labels(1, "en", "handbook", DAY) for i in range(20)})
    assert again.dense(_unit(1)[0], EVERYTHING, 5)[0].hits  # exact, before the graph is back
    again.start()
    assert again.wait_for_graph(60)
    assert again.in_graph() == set(range(20))
    again.close()
