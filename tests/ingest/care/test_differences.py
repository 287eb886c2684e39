"""The comparison names exactly what is wrong, whatever is."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ingest.care.differences import KINDS, Page, compare
from ingest.store.catalogue.for_index import LiveRow
from ingest.store.index.interface import Filed

_TIME = datetime(2026, 3, 1, 12, 0, 0, 700_000, tzinfo=UTC)
_IDS = st.sets(st.integers(0, 40), max_size=12)


def _row(chunk_id: int) -> LiveRow:
    return LiveRow(chunk_id, 3, "en", "handbook", _TIME, "hash")


def _filed(seconds: float) -> Filed:
    return Filed(3, "en", "handbook", seconds)


@given(live=_IDS, words=_IDS, vectors=_IDS, graph=_IDS, unseen=_IDS, twice=_IDS)
def test_missing_and_orphaned_are_differences_of_sets(
    live: set[int],
    words: set[int],
    vectors: set[int],
    graph: set[int],
    unseen: set[int],
    twice: set[int],
) -> None:
    """What is staged or waits to be purged is neither; right labels raise no alarm."""
    page = Page(
        {one: _row(one) for one in live},
        {one: _filed(round(_TIME.timestamp())) for one in words},
        {one: _filed(_TIME.timestamp()) for one in vectors},
        twice,
        graph,
        unseen,
    )
    expected = {
        "words_missing": live - words,
        "words_orphaned": words - live - unseen,
        "words_twice": live & twice,
        "vectors_missing": live - vectors,
        "vectors_orphaned": vectors - live - unseen,
        "graph_missing": (live & vectors) - graph,
        "graph_orphaned": graph - live - unseen,
    }
    assert compare(page) == {kind: ids for kind, ids in expected.items() if ids}


@given(
    st.sampled_from(["words", "vectors"]),
    st.integers(2, 4),
    st.sampled_from(["en", "zh", ""]),
    st.sampled_from(["handbook", "uploads", ""]),
    st.sampled_from([-1, 0, 60]),
)
def test_wrong_labels_are_told_by_what_they_may_reveal(
    leg: str, access_class: int, language: str, source: str, late: int
) -> None:
    """A wrong class comes before every other label; right ones are not told at all."""
    right = _filed(_TIME.timestamp())
    seen = {"words": right, "vectors": right}
    seen[leg] = Filed(access_class, language, source, _TIME.timestamp() + late)
    found = compare(Page({1: _row(1)}, {1: seen["words"]}, {1: seen["vectors"]}))
    if access_class != 3:
        assert found == {f"{leg}_wrong_class": {1}}
    elif (language, source, late) != ("en", "handbook", 0):
        assert found == {f"{leg}_wrong_label": {1}}
    else:
        assert found == {}
    assert found.keys() <= KINDS.keys()


def test_what_cannot_be_read_is_not_compared() -> None:
    """A damaged lexical index or a graph that is being filled says nothing of single passages."""
    page = Page({1: _row(1)}, None, {1: _filed(_TIME.timestamp())}, graph=None)
    assert compare(page) == {}
