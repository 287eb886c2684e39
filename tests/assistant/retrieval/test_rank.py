"""Fusion and ranking, as pure functions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.retrieval.rank import (
    LEAST_PASSAGES,
    MOST_PASSAGES,
    WORTH_READING,
    Candidate,
    abroad_weight,
    dense_weight,
    fuse,
    how_many,
    lean,
    naming,
    normalise,
    rerank,
    standardise,
    sureness,
)
from ingest.store.index.interface import LanguageScores
from ingest.types import Hit

_HITS = st.lists(
    st.tuples(st.integers(1, 50), st.floats(0.1, 30)), max_size=30, unique_by=lambda one: one[0]
).map(lambda rows: [Hit(*row) for row in sorted(rows, key=lambda one: -one[1])])


def test_languages_are_standardised_apart() -> None:
    """A passage that stands out in its language beats one that is merely in the louder language."""
    quiet = LanguageScores("zh", (Hit(1, 0.5),), mean=0.1, deviation=0.1)
    loud = LanguageScores("en", (Hit(2, 0.6),), mean=0.5, deviation=0.1)
    assert [hit.chunk_id for hit in standardise([loud, quiet])] == [1, 2]


@given(_HITS)
def test_normalised_scores_lie_between_zero_and_one(hits: list[Hit]) -> None:
    """The best hit of a leg is 1, and order is kept."""
    scores = normalise(hits)
    assert all(0 <= score <= 1 for score in scores.values())
    if hits:
        assert scores[hits[0].chunk_id] == pytest.approx(1)
    ordered = [scores[hit.chunk_id] for hit in hits]
    assert ordered == sorted(ordered, reverse=True)


@given(_HITS, _HITS, st.floats(0, 1))
def test_fusion_keeps_every_hit_once_in_order(
    words: list[Hit], meaning: list[Hit], weight: float
) -> None:
    """Nothing is lost below the cut, and each leg's ranks are told."""
    fused = fuse(words, meaning, weight)
    assert {one.chunk_id for one in fused} == {hit.chunk_id for hit in (*words, *meaning)}
    assert [one.score for one in fused] == sorted((one.score for one in fused), reverse=True)
    for one in fused:
        if one.lexical_rank is not None:
            assert words[one.lexical_rank - 1].chunk_id == one.chunk_id


def test_a_leg_that_found_nothing_does_not_drag_the_other_down() -> None:
    """With no word found, the order is that of meaning alone, at full weight."""
    fused = fuse([], [Hit(3, 2.0), Hit(4, 1.0)], 0.4)
    assert [one.chunk_id for one in fused] == [3, 4]
    assert fused[0].score == pytest.approx(1)


@given(st.floats(-1, 5), st.floats(-1, 5))
def test_the_surer_the_words_the_less_the_rest_weighs(covered: float, more: float) -> None:
    """And every weight stays a weight."""
    low, high = sorted((sureness(covered), sureness(more)))
    assert 0 <= low <= high <= 1
    assert 0 < dense_weight(high) <= dense_weight(low) < 1
    assert dense_weight(low) < dense_weight(low, in_context=True) < 1
    assert 0 < abroad_weight(high) <= abroad_weight(low) <= 1


def test_the_second_stage_can_turn_the_order() -> None:
    """A close second that covers the question better comes first."""
    scores = rerank([1.0, 0.9], np.array([0.2, 0.8], np.float32))
    assert scores[1] > scores[0]


def test_a_question_that_a_title_says_is_near_to_naming_it() -> None:
    """The more the title covers; never by a title, or a question, of a word or two."""
    assert naming(8, [0.1, 0.3], [9, 9]) == 0
    assert naming(8, [0.1, 0.55], [9, 9]) == pytest.approx(0.5)
    assert naming(8, [0.1, 0.9], [9, 9]) == 1
    assert naming(8, [0.1, 0.9], [9, 2]) == 0
    assert naming(2, [0.1, 0.9], [9, 9]) == 0
    assert naming(8, [], []) == 0


def test_leaning_goes_from_the_fused_score_to_the_dense_one() -> None:
    """Nothing else about the candidate changes."""
    one = Candidate(7, 0.8, 1.0, 0.2, 1, 5)
    assert lean(one, 0) == one
    assert lean(one, 1).score == pytest.approx(0.2)
    assert lean(one, 0.5) == Candidate(7, pytest.approx(0.5), 1.0, 0.2, 1, 5)


@given(
    st.lists(st.floats(0, 1.5), max_size=40).map(lambda scores: sorted(scores, reverse=True)),
)
def test_passages_worth_reading_are_counted_from_the_best(scores: list[float]) -> None:
    """Never more than there are or than the most, never fewer than the least if there are."""
    count = how_many(scores)
    assert min(len(scores), LEAST_PASSAGES) <= count <= min(len(scores), MOST_PASSAGES)
    assert all(score >= WORTH_READING * scores[0] for score in scores[LEAST_PASSAGES:count])


def test_an_easy_question_reads_fewer_passages_than_a_hard_one() -> None:
    """One passage far ahead of the others needs little beside it."""
    assert how_many([1.4, 0.5, 0.4, 0.4, 0.3, 0.2]) == LEAST_PASSAGES
    assert how_many([0.9, 0.85, 0.8, 0.8, 0.7, 0.6, 0.5]) == 7
