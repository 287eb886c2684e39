"""What every `Index` must do: a test of one derives from `IndexContract`, and opens it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.store.index.interface import Filed, Index, Labels
from ingest.types import IndexRow, Scope
from tests.ingest.store.index.passages import DAY, EVERYTHING, passage, query, unit

LATE = DAY + timedelta(days=30)

Open = Callable[[], Index]
"""Opens one index, as its last owner left it; not started yet."""


@dataclass(frozen=True)
class Kept:
    """A passage as an index should have it."""

    row: IndexRow
    vector: int
    modified: datetime = DAY

    @property
    def labels(self) -> Labels:
        """What it is filtered by."""
        return Labels(self.row.access_class, self.row.language, self.row.source, self.modified)

    def inside(self, scope: Scope) -> bool:
        """Whether a scope sees it."""
        return (
            self.row.access_class in scope.classes
            and (scope.sources is None or self.row.source in scope.sources)
            and (scope.languages is None or self.row.language in scope.languages)
            and (scope.modified_after is None or self.modified > scope.modified_after)
        )


VECTORS = unit(60)

_EXAMPLES = count()


def put(index: Index, *kept: Kept) -> None:
    """Adds passages and commits."""
    rows = [one.row for one in kept]
    index.add(rows, VECTORS[[one.vector for one in kept]], [one.modified for one in kept])
    index.commit()


def said(index: Index, words: str, scope: Scope = EVERYTHING) -> set[int]:
    """The passages that are found by their words."""
    return {hit.chunk_id for hit in index.lexical(query(words), scope, 1000)}


def meant(index: Index, scope: Scope = EVERYTHING) -> dict[str, set[int]]:
    """The passages that are found by their meaning, by language."""
    found = index.dense(VECTORS[0], scope, 1000)
    return {one.language: {hit.chunk_id for hit in one.hits} for one in found if one.hits}


def everywhere(index: Index, scope: Scope = EVERYTHING) -> set[int]:
    """What both legs find of passages that say `common`; they find the same."""
    by_meaning = {one for ids in meant(index, scope).values() for one in ids}
    assert said(index, "common", scope) == by_meaning
    return by_meaning


def common(chunk_id: int, access_class: int = 1, language: str = "en", source: str = "s") -> Kept:
    """A passage that says `common`, and a word of its own."""
    text = f"common {own_word(chunk_id)}"
    return Kept(passage(chunk_id, text, access_class, language, source), chunk_id)


def own_word(chunk_id: int) -> str:
    """A word that no other passage says; `chunk_id` is below 26."""
    return 3 * chr(ord("a") + chunk_id)


def labels_of(*kept: Kept) -> dict[int, Labels]:
    """What the catalogue says of these passages."""
    return {one.row.chunk_id: one.labels for one in kept}


Change = tuple[str, int, int, str, str, datetime]
"""What is done with a passage, its id, class, language, source and time."""

CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "relabel", "remove", "commit"]),
        st.integers(1, 12),
        st.integers(1, 3),
        st.sampled_from(["en", "zh", "other"]),
        st.sampled_from(["s", "t"]),
        st.sampled_from([DAY, LATE]),
    ),
    max_size=25,
)
SCOPES = st.builds(
    Scope,
    st.frozensets(st.integers(1, 4)),
    st.none() | st.frozensets(st.sampled_from(["s", "t", "unknown"])),
    st.none() | st.frozensets(st.sampled_from(["en", "zh", "other"])),
    st.none() | st.sampled_from([DAY - timedelta(days=1), DAY, LATE]),
)


class IndexContract:
    """Derive from it, and override the fixture `opens`."""

    @pytest.fixture
    def opens(self) -> Open:
        """How the index is opened, again and again."""
        raise NotImplementedError

    @pytest.fixture
    def index(self, opens: Open) -> Index:
        """A new index, started."""
        made = opens()
        assert made.label_vectors({}) == set()
        made.start()
        return made

    def test_both_legs_find_what_was_added(self, index: Index) -> None:
        """By words and by meaning, best first, no more than asked for."""
        put(index, *(common(number) for number in range(1, 8)))
        assert everywhere(index) == set(range(1, 8))
        assert said(index, own_word(3)) == {3}
        (english,) = index.dense(VECTORS[5], EVERYTHING, 3)
        scores = [hit.score for hit in english.hits]
        assert (english.language, english.hits[0].chunk_id, len(scores)) == ("en", 5, 3)
        assert scores == sorted(scores, reverse=True)
        assert scores[0] == pytest.approx(1.0, abs=1e-3)
        assert len(index.lexical(query("common"), EVERYTHING, 2)) == 2
        index.close()

    def test_nothing_is_seen_without_a_class(self, index: Index) -> None:
        """Deny by default, whatever else a scope allows."""
        put(index, common(1), common(2))
        assert everywhere(index, Scope(frozenset())) == set()
        assert everywhere(index, Scope(frozenset({9}))) == set()
        index.close()

    def test_an_empty_index_finds_nothing(self, index: Index) -> None:
        """And says that it is whole."""
        assert everywhere(index) == set()
        assert (index.count(), index.word_count(), index.frequency("common")) == (0, 0, 0)
        assert (index.vector_ids(), index.word_ids()) == ([], [])
        assert index.vectors([1]).shape == (1, VECTORS.shape[1])
        assert index.known_vectors([1])[0] == []
        assert index.filed_words([1], ["s"]) == ({}, set())
        index.close()

    @settings(
        max_examples=15,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(changes=CHANGES, scopes=st.lists(SCOPES, min_size=3, max_size=6))
    def test_every_scope_sees_just_what_is_inside_it(
        self, opens: Open, changes: list[Change], scopes: list[Scope]
    ) -> None:
        """After any additions, replacements, new labels and removals, in both legs alike."""
        index = opens()
        index.label_vectors({})
        index.remove(index.word_ids())
        index.start()
        kept: dict[int, Kept] = {}
        written: dict[int, str] = {}
        before = 100 * next(_EXAMPLES)
        for what, number, access_class, any_language, source, modified in changes:
            # An id is given out once, also to the next example, which opens what this one leaves;
            # and the language of its text never changes.
            chunk_id = before + number
            language = written.setdefault(chunk_id, any_language)
            one = common(number, access_class, language, source)
            one = replace(one, row=replace(one.row, chunk_id=chunk_id), modified=modified)
            if what == "add":
                kept[chunk_id] = one
                index.add([one.row], VECTORS[[one.vector]], [modified])
            elif what == "remove":
                kept.pop(chunk_id, None)
                index.remove([chunk_id])
            elif what == "commit":
                index.commit()
            elif chunk_id in kept:
                kept[chunk_id] = one
                index.relabel([one.row], [modified])
        index.commit()
        for scope in [EVERYTHING, *scopes]:
            wanted = {found for found, one in kept.items() if one.inside(scope)}
            assert everywhere(index, scope) == wanted
        assert set(index.vector_ids()) == set(index.word_ids()) == kept.keys()
        assert index.count() == index.word_count() == len(kept)
        index.close()

    def test_an_id_that_is_added_again_is_replaced(self, index: Index) -> None:
        """So that writing a batch twice after a crash is harmless."""
        put(index, common(1), common(2))
        put(index, Kept(passage(1, "changed words"), 9))
        assert said(index, "common") == {2}
        assert said(index, "changed") == {1}
        assert np.allclose(index.vectors([1]), VECTORS[[9]], atol=1e-3)
        assert (index.count(), index.word_count()) == (2, 2)
        index.close()

    def test_what_is_unknown_is_no_error(self, index: Index) -> None:
        """To be removed, relabelled or asked for: ids may have gone meanwhile."""
        put(index, common(1))
        index.remove([5, 6])
        index.commit()
        assert everywhere(index) == {1}
        found = index.vectors([7, 1])
        assert not found[0].any()
        assert np.allclose(found[1], VECTORS[1], atol=1e-3)
        known, vectors = index.known_vectors([7, 1])
        assert known == [1]
        assert np.allclose(vectors, VECTORS[[1]], atol=1e-3)
        assert [len(one) for one in index.words_of([7])] == [0]
        index.close()

    def test_new_labels_leave_the_vector(self, index: Index) -> None:
        """Who may read it changes at once, in both legs."""
        one = common(1, access_class=1)
        put(index, one, common(2))
        index.relabel([replace(one.row, access_class=3, source="moved")], [LATE])
        index.commit()
        assert everywhere(index, Scope(frozenset({1}))) == {2}
        assert everywhere(index, Scope(frozenset({3}), frozenset({"moved"}), None, DAY)) == {1}
        assert np.allclose(index.vectors([1]), VECTORS[[1]], atol=1e-3)
        index.close()

    def test_it_says_how_passages_are_filed(self, index: Index) -> None:
        """As it filters by them, so that a check can compare; a range asks for all of it."""
        put(index, common(1, 2, "zh", "a"), replace(common(4, 1, "en", "b"), modified=LATE))
        expected = {
            1: Filed(2, "zh", "a", DAY.timestamp()),
            4: Filed(1, "en", "b", LATE.timestamp()),
        }
        assert index.filed_vectors([1, 4, 5]) == expected
        assert index.filed_words([1, 4, 5], ["a", "b"]) == (expected, set())
        assert index.filed_words(range(0, 100), ["a", "b"]) == (expected, set())
        assert index.filed_words(range(2, 100), ["a", "b"])[0].keys() == {4}
        assert index.filed_words([1], [])[0][1].source == ""
        index.close()

    def test_frequencies_count_passages(self, index: Index) -> None:
        """Each once, however often it says the word."""
        put(index, Kept(passage(1, "roof roof roof"), 1), Kept(passage(2, "roof"), 2), common(3))
        assert (index.frequency("roof"), index.frequency("nowhere")) == (2, 0)
        index.close()

    def test_what_was_committed_is_there_at_the_next_opening(self, opens: Open) -> None:
        """As the catalogue then says of it; what that does not know is dead, what lacks is told."""
        index = opens()
        index.label_vectors({})
        index.start()
        put(index, common(1), common(2), common(3))
        index.remove([3])
        index.commit()
        assert index.wait_for_graph(60)
        assert not index.unsound
        index.close()
        again = opens()
        moved = Labels(2, "en", "elsewhere", LATE)
        assert again.label_vectors({2: moved, 8: moved}) == {8}
        again.start()
        assert again.vector_ids() == [2]
        assert sorted(again.word_ids()) == [1, 2]
        assert again.filed_vectors([2]) == {2: Filed(2, "en", "elsewhere", LATE.timestamp())}
        assert np.allclose(again.vectors([2]), VECTORS[[2]], atol=1e-3)
        assert meant(again, Scope(frozenset({2}))) == {"en": {2}}
        assert again.damaged() == []
        again.close()

    def test_the_old_index_answers_until_the_new_one_is_whole(self, index: Index) -> None:
        """A rebuild takes over what it is given, all at once, and works on after it."""
        old, new = [common(1), common(2)], [common(2), common(3)]
        put(index, *old)

        def fill(fresh: Index) -> Mapping[int, Labels]:
            put(fresh, *new)
            assert everywhere(index) == {1, 2}
            return labels_of(*new)

        index.rebuild(fill)
        assert everywhere(index) == {2, 3}
        assert set(index.vector_ids()) == set(index.word_ids()) == {2, 3}
        put(index, common(4))
        assert everywhere(index) == {2, 3, 4}
        assert index.damaged() == []
        index.close()

    def test_a_rebuild_that_fails_changes_nothing(self, index: Index) -> None:
        """The old index goes on as if nobody had tried."""
        put(index, common(1))

        def fill(fresh: Index) -> Mapping[int, Labels]:
            put(fresh, common(2))
            raise RuntimeError("the catalogue is away")

        with pytest.raises(RuntimeError, match="is away"):
            index.rebuild(fill)
        assert everywhere(index) == {1}
        put(index, common(3))
        assert everywhere(index) == {1, 3}
        index.close()

    def test_the_fast_structure_holds_what_there_is(self, index: Index) -> None:
        """Where there is one: after a while it has every passage and no other, also filled anew."""
        put(index, *(common(number, language="zh" if number % 2 else "en") for number in range(20)))
        index.remove([3])
        index.commit()
        assert index.wait_for_graph(60)
        assert index.state() == ""
        expected = set(range(20)) - {3}
        assert index.in_graph() in (None, expected)
        index.rebuild_graph()
        assert index.wait_for_graph(60)
        assert index.in_graph() in (None, expected)
        assert everywhere(index) == expected
        index.close()
