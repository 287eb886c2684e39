"""Putting two legs' findings into one order: normalisation, fusion, second stage. Pure functions.

Scores are fused, not ranks (a convex combination of scores normalised by question; Bruch, Gai and
Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", 2023), since reciprocal ranks let a
leg that is blind in a language ruin the other. Dense scores are standardised by passage language
first: English and Chinese passages of equal relevance have unequal cosines.

The numbers below are tuned; `make bench BENCH_ARGS=constants` measures them again.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ingest.store.index.interface import LanguageScores
from ingest.types import Hit

DENSE_WEIGHT = 0.4
"""The dense leg's share of the fused score when the words say little."""

DENSE_WEIGHT_IN_CONTEXT = 0.6
"""The same of a model that reads texts in context, beside the built-in one. Measured with
all-MiniLM-L6-v2 (nDCG@10 at 0.4, 0.6 and 0.7): FAQ in other words 0.927, 0.939, 0.945; company mix
0.917, 0.915, 0.913; SQuAD and long papers alike."""

SURE_FROM, SURE_AT = 0.6, 1.0
"""Share of the question's word weight that its best passage holds: where words begin to be sure,
and where they are. (BM25 counts a word that is repeated more than once, so it can exceed 1.)"""

DENSE_LESS_IF_SURE = 0.5
"""What part of its weight the dense leg gives up where the words are sure."""

ABROAD_LESS_IF_SURE = 0.7
"""What part of their score passages found by translation give up there."""

SECOND_STAGE = 20
"""How many of the first are compared word by word with the question."""

SECOND_STAGE_WEIGHT = 0.5
"""How much the second stage adds to a fused score of at most 1; 0.6 and 0.7 are as good."""

NAMED_FROM, NAMED_AT = 0.4, 0.7
"""Share of the question that a title or headings cover: where the question begins to be another
wording of them, and where it is."""

SAYING_WORDS = 4
"""Words, stop words apart, from which a title or a question says something; shorter ones are names
of people, places and things, and what holds one is not another wording of it."""

NAME_WEIGHT = 0.3
"""How much title and headings count in the second stage beside the passage itself."""

DEPTH = 100
"""The rank in each leg at and below which a hit adds nothing."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk after fusion: its fused score and its 1-based rank in each leg (None: not found)."""

    chunk_id: int
    score: float
    lexical: float
    dense: float
    lexical_rank: int | None
    dense_rank: int | None


def sureness(covered: float) -> float:
    """How sure the words of the question's own language are, 0..1.

    Args:
        covered: the best passage's lexical score over the summed idf of the question's terms.

    A question whose words stand together in one passage is mostly answered there: then meaning
    and translations may add, but must not overrule. Measured: RAGEval 0.965 → 0.981, a bilingual
    pool with answers in the question's language 0.923 → 0.957, company mix 0.919 → 0.915.
    """
    return _share_of_way(covered, SURE_FROM, SURE_AT)


def _share_of_way(value: float, start: float, end: float) -> float:
    """How far `value` is from `start` to `end`, 0..1."""
    return min(1.0, max(0.0, (value - start) / (end - start)))


def dense_weight(sure: float, *, in_context: bool = False) -> float:
    """The dense leg's share of the fused score; larger if its model reads in context."""
    most = DENSE_WEIGHT_IN_CONTEXT if in_context else DENSE_WEIGHT
    return most * (1 - DENSE_LESS_IF_SURE * sure)


def abroad_weight(sure: float) -> float:
    """What scores of passages in other languages are multiplied by."""
    return 1 - ABROAD_LESS_IF_SURE * sure


def standardise(legs: Sequence[LanguageScores]) -> list[Hit]:
    """Dense hits of all languages on one scale: deviations above their language's mean."""
    hits = [
        Hit(hit.chunk_id, (hit.score - one.mean) / max(one.deviation, 1e-6))
        for one in legs
        for hit in one.hits
    ]
    return sorted(hits, key=lambda hit: -hit.score)


def normalise(hits: Sequence[Hit]) -> dict[int, float]:
    """Scores in 0..1 by question: 1 for the best, 0 at rank `DEPTH` and below."""
    if not hits:
        return {}
    best = hits[0].score
    floor = hits[DEPTH].score if len(hits) > DEPTH else min(hit.score for hit in hits[:DEPTH])
    if len(hits) <= DEPTH:
        floor = min(floor, 0.0)
    spread = max(best - floor, 1e-6)
    return {hit.chunk_id: max(0.0, (hit.score - floor) / spread) for hit in hits}


def fuse(
    lexical: Sequence[Hit], dense: Sequence[Hit], dense_weight: float, most: int = 100
) -> list[Candidate]:
    """The best `most` hits of either leg in one order, best first; each leg comes best first."""
    words, meaning = normalise(lexical), normalise(dense)
    share = dense_weight if lexical else 1.0
    scores = {chunk_id: (1 - share) * score for chunk_id, score in words.items()}
    for chunk_id, score in meaning.items():
        scores[chunk_id] = scores.get(chunk_id, 0.0) + share * score
    best = heapq.nsmallest(most, scores.items(), key=lambda item: (-item[1], item[0]))
    word_ranks = {hit.chunk_id: rank for rank, hit in enumerate(lexical, 1)}
    meaning_ranks = {hit.chunk_id: rank for rank, hit in enumerate(dense, 1)}
    return [
        Candidate(
            chunk_id,
            score,
            words.get(chunk_id, 0.0),
            meaning.get(chunk_id, 0.0),
            word_ranks.get(chunk_id),
            meaning_ranks.get(chunk_id),
        )
        for chunk_id, score in best
    ]


def second_stage(
    covered: NDArray[np.float32], closest: NDArray[np.float32], named: NDArray[np.float32]
) -> NDArray[np.float32]:
    """How well each of the first candidates fits the question, for comparing them.

    Args:
        covered: how much of the question each whole passage covers (MaxSim).
        closest: the same of the passage's best stretch.
        named: the same of its title and headings, in which questions of an FAQ and subjects of a
            handbook stand. Measured: FAQ 0.898 → 0.905, Chinese law 0.891 → 0.952, cross-language
            unchanged, SQuAD (titles of articles) 0.942 → 0.938.
    """
    return _spread(covered + closest) + np.float32(NAME_WEIGHT) * _spread(named)


def _spread(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values over 0..1 among the candidates."""
    low, high = float(values.min()), float(values.max())
    spread: NDArray[np.float32] = (values - low) / max(high - low, 1e-6)
    return spread


def naming(question_words: int, named: Sequence[float], name_words: Sequence[int]) -> float:
    """How near the question is to being a title in other words, 0..1.

    Args:
        question_words: how many words the question has.
        named: how much of the question the title and headings of each first candidate cover.
        name_words: how many words those have.

    Who asks for what a title or an FAQ's question says has its subject, and words that the text
    below repeats only distract: then what says alike should decide, if a model reads in context.
    Measured with the contextual encoder: FAQ in other words 0.939 → 0.957; of fifteen other sets
    one loses more than 0.004 (Open Source Guides, English on Chinese: 0.796 → 0.785).
    """
    if question_words < SAYING_WORDS:
        return 0.0
    saying = [share for share, n in zip(named, name_words, strict=True) if n >= SAYING_WORDS]
    return _share_of_way(max(saying, default=0.0), NAMED_FROM, NAMED_AT)


def lean(candidate: Candidate, nearness: float) -> Candidate:
    """The candidate with a score that is `nearness` (0..1) of the way to its dense one."""
    score = candidate.score + nearness * (candidate.dense - candidate.score)
    return replace(candidate, score=score)


def rerank(fused: Sequence[float], compared: NDArray[np.float32]) -> NDArray[np.float32]:
    """Final scores of the first candidates: the fused score and a share of the second stage's.

    `compared` are late-interaction scores (MaxSim; Khattab and Zaharia 2020) in the same order;
    they are spread over 0..1 among the candidates of this question.
    """
    added = SECOND_STAGE_WEIGHT * _spread(compared)
    scores: NDArray[np.float32] = np.asarray(fused, np.float32) + added
    return scores


LEAST_PASSAGES, MOST_PASSAGES = 4, 12
"""How many passages an answer is composed from, at least (if there are so many) and at most."""

WORTH_READING = 0.5
"""Passages beyond the least number are read while they score this share of the best.

Measured against always eight: at least the same share of the right passages on twelve sets, with
4 to 6 passages where the question is easy and up to 12 where it is not.
"""


def how_many(scores: Sequence[float]) -> int:
    """How many of the passages, whose final scores come best first, are worth reading."""
    if not scores:
        return 0
    floor = WORTH_READING * scores[0]
    worth = sum(score >= floor for score in scores[:MOST_PASSAGES])
    return min(len(scores), max(LEAST_PASSAGES, worth))
