"""The lexical leg: what is found by which words, for whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.errors import IndexCorrupt
from ingest.store.index.words.lexical import LexicalIndex
from ingest.types import Scope
from tests.ingest.store.index.passages import DAY, EVERYTHING, passage, query


def test_words_find_passages_by_every_field_and_rank_the_text_first(tmp_path: Path) -> None:
    """A word in the text outranks the same word in a heading; both are found."""
    index = LexicalIndex(tmp_path)
    index.add(
        [
            passage(1, "Parking is free."),
            replace(passage(2, "Bring your badge."), headings=("Parking",)),
        ],
        [DAY, DAY],
    )
    index.commit()
    assert [hit.chunk_id for hit in index.search(query("parking"), EVERYTHING, 10)] == [1, 2]
    index.close()


def test_words_of_a_forbidden_class_are_not_found(tmp_path: Path) -> None:
    """The lexical leg filters by access class, and an empty scope sees nothing."""
    index = LexicalIndex(tmp_path)
    index.add([passage(1, "salary bands", 1), passage(2, "salary dates", 2)], [DAY, DAY])
    index.commit()
    assert [hit.chunk_id for hit in index.search(query("salary"), Scope(frozenset({2})), 9)] == [2]
    assert index.search(query("salary"), Scope(frozenset()), 9) == []
    index.close()


def test_words_are_filtered_by_source_language_and_date(tmp_path: Path) -> None:
    """The asker's own filters narrow the lexical leg."""
    index = LexicalIndex(tmp_path)
    index.add([passage(1, "holiday 假期"), passage(2, "holiday 假期", language="zh")], [DAY, DAY])
    index.commit()
    found = {
        name: [hit.chunk_id for hit in index.search(query("holiday"), narrowed, 9)]
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
        index.add([passage(1, text)], [DAY])
        index.commit()
    assert index.count() == 1
    assert index.search(query("old"), EVERYTHING, 9) == []
    index.close()


def test_a_second_writer_is_told_what_is_wrong(tmp_path: Path) -> None:
    """One process owns an index; another one gets a clear error, not a damaged index."""
    index = LexicalIndex(tmp_path)
    with pytest.raises(IndexCorrupt, match="cannot be opened"):
        LexicalIndex(tmp_path)
    index.close()
