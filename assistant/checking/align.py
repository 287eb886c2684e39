"""Finding the words of a passage that bear a statement out, and weighing how well they do.

A statement is compared with whole sentences of the passage; neighbouring sentences are taken
together where both are needed. Words count by how rare they are among the sentences at hand.

The numbers below are tuned; `make bench BENCH_ARGS=constants` measures them again.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.analysis import figures
from assistant.analysis.passage import LONGEST_QUOTE, AnalysedPassage, Sentence
from assistant.checking import commitments
from assistant.checking.claim import Claim
from ingest.models.static import MOST_COMPARED, StaticModel

SENTENCES_TOGETHER = 3
"""How many neighbouring sentences one quote may have."""

NEIGHBOUR_GAIN = 0.12
"""A neighbouring sentence is quoted too if it covers this share of the statement more."""

COMPARED = 24
"""How many sentences of a passage are compared in meaning: those with most words in common."""

FIGURES_GAIN = 0.12
"""Across languages, what agreeing figures add to the likeness of meaning."""

CONTEXT_SHARE = 0.35
"""Most of a statement that the document's title and headings may cover instead of the quote."""

MISSING_LOSS = 0.15
"""What each figure or code that a quote lacks takes off it when quotes are compared."""

FIGURE_GAIN = 0.15
"""What each figure in common adds when sentences are chosen for a closer look."""

ASKED_GAIN = 0.1
"""What the question's words decide between quotes that are otherwise equal."""

LEAST_WEIGHT = 0.3
"""What a word counts that stands in every sentence."""


@dataclass(frozen=True)
class Evidence:
    """Where in a source a statement may rest, and how well: `pieces` are neighbours."""

    source: int
    pieces: tuple[Sentence, ...]
    covered: float
    similar: float | None
    missing: int

    @property
    def start(self) -> int:
        """First character of the quote, in the passage's text."""
        return self.pieces[0].start

    @property
    def end(self) -> int:
        """Behind the last character of the quote."""
        return self.pieces[-1].end

    @property
    def rank(self) -> float:
        """Higher is better; comparable between sources for one statement."""
        alike = self.covered if self.similar is None else (self.covered + self.similar) / 2
        return alike - MISSING_LOSS * self.missing


class Weights:
    """How much a word counts: rare among the sentences of all sources is more."""

    def __init__(self, sources: Sequence[AnalysedPassage]) -> None:
        pieces = [piece for source in sources for piece in source.words.pieces]
        self._count = len(pieces)
        self._holding = Counter(
            term
            for source in sources
            for piece in source.words.pieces
            for term in piece.wording.terms | source.context.terms
        )

    def covered(self, wanted: frozenset[str], held: frozenset[str]) -> float:
        """The share of `wanted`, by weight, that is in `held`; 0 if nothing is wanted."""
        total = sum(map(self._weight, wanted))
        return sum(map(self._weight, wanted & held)) / total if total else 0.0

    def _weight(self, term: str) -> float:
        """Robertson's inverse document frequency, over sentences; a bigram counts half."""
        holding = self._holding[term]
        weight = math.log(1 + (self._count - holding + 0.5) / (holding + 0.5)) + LEAST_WEIGHT
        return weight / 2 if term.startswith("#") else weight


def align(
    claim: Claim,
    number: int,
    source: AnalysedPassage,
    weights: Weights,
    model: StaticModel | None,
) -> Evidence | None:
    """The neighbouring sentences of a source that bear the claim out best; None if it has none."""
    shortlist = sorted(
        range(len(source.words.pieces)),
        key=lambda i: -_lexical(claim, source, source.words.pieces[i], weights),
    )[:COMPARED]
    if not shortlist:
        return None
    similar: Sequence[float | None] = [None] * len(shortlist)
    if model is not None:
        similar = _alike(claim, source, [(source.words.pieces[i],) for i in shortlist], model)
    best = max(
        (
            (_evidence(claim, number, source, (i,), weights, alike), i)
            for i, alike in zip(shortlist, similar, strict=True)
        ),
        key=lambda pair: (
            pair[0].rank
            + ASKED_GAIN * weights.covered(claim.asked, pair[0].pieces[0].wording.terms),
            -pair[1],
        ),
    )
    return _widened(claim, best[0], best[1], source, weights)


def weigh(
    claim: Claim,
    number: int,
    source: AnalysedPassage,
    pieces: tuple[Sentence, ...],
    weights: Weights,
    model: StaticModel | None,
) -> Evidence:
    """How well given sentences of a source bear the claim out."""
    held = frozenset().union(*(piece.wording.terms for piece in pieces))
    similar = None if model is None else _alike(claim, source, [pieces], model)[0]
    return Evidence(
        number,
        pieces,
        _covered(claim, source, held, weights),
        similar,
        len(lacking(claim, source, pieces)),
    )


def lacking(claim: Claim, source: AnalysedPassage, pieces: Sequence[Sentence]) -> frozenset[str]:
    """Figures and codes of the claim that neither the sentences nor their context hold."""
    text = " ".join(piece.text for piece in pieces)
    whole = f"{source.context.text} {text}"
    held = source.context_figures.union(*(piece.wording.figures for piece in pieces))
    return figures.missing(claim.figures, held, whole) | commitments.missing_codes(
        claim.codes, whole
    )


def _alike(
    claim: Claim,
    source: AnalysedPassage,
    quotes: Sequence[Sequence[Sentence]],
    model: StaticModel,
) -> list[float]:
    """How much alike the claim and each quote are in meaning.

    In one language that is the share of the claim found in the quote and its headings. Across
    languages, where words say less, it is the mean of both directions, and figures that agree
    (or do not) weigh in. On sentences of XQuAD in English and Chinese, against other sentences
    of the same paragraph, that finds 80% of the pairs at 1% error, one direction 64%.
    """
    rows = [np.concatenate([one.wording.rows for one in quote]) for quote in quotes]
    if not is_across(claim, source):
        placed = [np.concatenate([source.context.rows, own])[:MOST_COMPARED] for own in rows]
        return [float(one) for one in model.compare_words(claim.tokens, placed)[0]]
    there = model.compare_words(claim.tokens, [own[:MOST_COMPARED] for own in rows])[0]
    back = [float(model.compare_words(model.different(own), [claim.rows])[0][0]) for own in rows]
    return [
        (float(one) + other) / 2 + _figures_agree(claim, quote)
        for one, other, quote in zip(there, back, quotes, strict=True)
    ]


def is_across(claim: Claim, source: AnalysedPassage) -> bool:
    """Whether one is English and the other Chinese."""
    return {claim.language, source.language} == {"en", "zh"}


def _figures_agree(claim: Claim, quote: Sequence[Sentence]) -> float:
    if not claim.figures:
        return 0.0
    held = frozenset().union(*(one.wording.figures for one in quote))
    text = " ".join(one.text for one in quote)
    return -FIGURES_GAIN if figures.missing(claim.figures, held, text) else FIGURES_GAIN


def _evidence(
    claim: Claim,
    number: int,
    source: AnalysedPassage,
    at: tuple[int, ...],
    weights: Weights,
    similar: float | None,
) -> Evidence:
    pieces = tuple(source.words.pieces[i] for i in at)
    held = frozenset().union(*(piece.wording.terms for piece in pieces))
    covered = _covered(claim, source, held, weights)
    return Evidence(number, pieces, covered, similar, len(lacking(claim, source, pieces)))


def _lexical(claim: Claim, source: AnalysedPassage, piece: Sentence, weights: Weights) -> float:
    held = len(claim.figures & piece.wording.figures)
    return weights.covered(claim.terms, piece.wording.terms) + FIGURE_GAIN * held


def _covered(
    claim: Claim, source: AnalysedPassage, held: frozenset[str], weights: Weights
) -> float:
    """The share of the claim's words in the quote or, up to a limit, in its headings."""
    own = weights.covered(claim.terms, held)
    with_context = weights.covered(claim.terms, held | source.context.terms)
    return min(with_context, own + CONTEXT_SHARE)


def _widened(
    claim: Claim, best: Evidence, at: int, source: AnalysedPassage, weights: Weights
) -> Evidence:
    """The evidence with the neighbours that the claim needs too."""
    first = last = at
    while last - first + 1 < SENTENCES_TOGETHER:
        wider: list[tuple[Evidence, int, int]] = []
        for low, high in ((first - 1, last), (first, last + 1)):
            if low < 0 or high >= len(source.words.pieces):
                continue
            if source.words.pieces[high].end - source.words.pieces[low].start > LONGEST_QUOTE:
                continue
            among = tuple(range(low, high + 1))
            wider.append(
                (_evidence(claim, best.source, source, among, weights, best.similar), low, high)
            )
        better = max(wider, key=lambda one: _worth(one[0]), default=None)
        if better is None or _worth(better[0]) < _worth(best) + NEIGHBOUR_GAIN:
            break
        best, first, last = better
    return best


def _worth(evidence: Evidence) -> float:
    return evidence.covered - MISSING_LOSS * evidence.missing
