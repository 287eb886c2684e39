"""The kept words of passages: given back as they were, whole after a crash, bound to one model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.models.static import StaticModel
from ingest.store.index.vectors.passage_words import PassageWords, Words
from tests.folders import add_source, open_library, sync, write_files

_PASSAGES = st.lists(st.lists(st.integers(0, 10**6), max_size=5), max_size=12)


def _words(*passages: list[int]) -> list[Words]:
    return [np.array(one, np.int32) for one in passages]


def _all(kept: PassageWords, slots: int) -> list[list[int]]:
    return [one.tolist() for one in kept.of(range(slots))]


@given(batches=st.lists(_PASSAGES, max_size=5), cut=st.integers(0, 30))
def test_words_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[list[int]]], cut: int
) -> None:
    """However they were added, cut off, and whether or not the files were opened anew."""
    folder = tmp_path_factory.mktemp("words")
    kept = PassageWords(folder, "a", 0)
    for batch in batches:
        kept.append(_words(*batch))
    whole = [passage for batch in batches for passage in batch]
    assert _all(kept, len(whole)) == whole
    kept.cut(cut)
    left = whole[:cut]
    kept.append(_words([7, 8]))
    assert _all(kept, len(left) + 1) == [*left, [7, 8]]
    assert _all(PassageWords(folder, "a", len(left) + 1), len(left) + 1) == [*left, [7, 8]]


@pytest.mark.parametrize(("file", "length"), [(0, 3), (0, 0), (1, 8), (1, 21), (1, 0)])
def test_what_is_torn_is_unknown(tmp_path: Path, file: int, length: int) -> None:
    """A passage whose words are not whole has none; what is added later is right again."""
    kept = PassageWords(tmp_path, "a", 0)
    kept.append(_words([1, 2], [3], [4, 5, 6]))
    path = kept.paths[file]
    path.write_bytes(path.read_bytes()[:length])
    again = PassageWords(tmp_path, "a", 3)
    again.append(_words([9]))
    *first, last = _all(again, 4)
    assert last == [9]
    for own, before in zip(first, ([1, 2], [3], [4, 5, 6]), strict=True):
        assert own in ([], before)
    assert [] in first


def test_nonsense_from_a_damaged_file_is_not_compared_with(tmp_path: Path) -> None:
    """Ends that cannot be are cut off, and rows that the model does not have are known as such."""
    kept = PassageWords(tmp_path, "a", 0)
    kept.append(_words([1, 2], [3], [4]))
    kept.paths[1].write_bytes(np.array([2, -5, 2**60], np.int64).tobytes())
    assert _all(PassageWords(tmp_path, "a", 3), 3) == [[1, 2], [], []]
    model = StaticModel.load()
    assert [model.knows(one) for one in _words([1, 2], [], [-1, 4], [10**9])] == [
        True,
        False,
        False,
        False,
    ]


def test_rows_of_another_vocabulary_are_never_taken(tmp_path: Path) -> None:
    """The same number means another word there."""
    PassageWords(tmp_path, "a", 0).append(_words([1], [2]))
    other = PassageWords(tmp_path, "b", 2)
    assert _all(other, 2) == [[], []]
    assert len(list(tmp_path.iterdir())) == 2


def test_indexing_keeps_what_a_question_is_compared_with(tmp_path: Path) -> None:
    """Of each passage: its title, headings and text, as the model cuts them into words."""
    root = write_files(
        tmp_path / "docs", {"a.md": "# Leave\n\nEverybody has 25 days.", "b.md": "# 差旅\n\n机票。"}
    )
    model = StaticModel.load()
    with open_library(tmp_path / "home") as library:
        add_source(library, root)
        sync(library)
        ids = sorted(library.index.matrix.ids())
        found = library.index.words_of([*ids, 10**9])
        expected = [
            model.compared_words("Leave\n# Leave\nEverybody has 25 days."),
            model.compared_words("差旅\n# 差旅\n机票。"),
        ]
        assert found[-1].tolist() == []
        for own in expected:
            assert any(set(own.tolist()) == set(one.tolist()) for one in found[:-1])
        library.rebuild()
        assert [one.tolist() for one in library.index.words_of(ids)] == [
            one.tolist() for one in found[:-1]
        ]
