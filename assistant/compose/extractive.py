"""Answering without a language model: the sentences that answer, verbatim, with footnotes.

The sentence that answers best comes first, then what adds to it; a procedure is given with all
its steps, a table row with the header that says what its cells mean.

The numbers below are tuned; `make bench BENCH_ARGS=constants` measures them again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.analysis.passage import AnalysedPassage, Wording
from assistant.analysis.question import AnalysedQuestion
from assistant.compose.quotable import Line, lines_of
from assistant.retrieval.strength import ENOUGH, PARTIAL
from assistant.types import Draft, DraftSentence, Mode, Status
from ingest.models.static import StaticModel

MOST_SENTENCES = 3
"""More than this is no answer but a copy of the page."""

PASSAGES_READ = 4
"""How many of the first passages an answer is drawn from."""

NEAR_BEST = 0.9
"""A further sentence is added if it scores at least this share of the best one."""

SAME_WORDS = 0.8
"""A sentence says nothing new if this share of its words (or of the other's, if those are fewer)
stands in a sentence that was chosen before."""

MOST_LIST_CHARACTERS = 900
"""A list or a procedure longer than this is not given whole."""

OWN_WEIGHT, PLACED_WEIGHT, BLOCK_WEIGHT = 0.35, 0.4, 0.25
"""How much the question's words count that a sentence covers by itself, below its heading, and
within its paragraph: of two sentences that say as much, the one in the right place answers."""

RANK_WEIGHT = 0.25
"""What the rank of the passage adds: retrieval has seen more than a sentence shows."""

FOREIGN_LOSS = 0.1
"""Of two passages that answer as well, the one in the asker's language is shown."""

SHARED_WORDS_WEIGHT = 0.2
"""What the very words of the question add beside their meaning."""

CODES_WEIGHT = 0.3
"""What the codes of the question add where the paragraph holds them."""

NUMBER_GAIN = 0.12
"""What any figure adds where a figure is asked for."""

NEIGHBOUR_LOSS = 0.1
"""What a sentence loses that stands beside the chunk that was found, not in it."""

QUESTION_LOSS = 0.3
"""What a sentence loses that asks instead of telling, as in an FAQ."""

_NUMBER = re.compile(
    r"\d|[一二三四五六七八九十百千万两]+[天日月年个元次小周%％]|\b(one|two|three|four|five|six)\b"
)
_LEANS_BACK = re.compile(
    r"^(it|they|this|these|those|he|she|such|however|but|also|in that case)\b"
    r"|^(这|该|其|此|但|也|他|她|它)",
    re.IGNORECASE,
)
_ITEM = re.compile(
    r"\s*(?:[-*•–]|\d{1,2}[.)、]|[(（]?[a-z0-9一二三四五六七八九十]{1,2}[)）、])\s*\S"
)


_Span = tuple[int, int, int]
"""A passage, and the start and end of a stretch of its text."""


def compose_extractive(
    question: AnalysedQuestion, passages: Sequence[AnalysedPassage], model: StaticModel
) -> Draft:
    """The extractive answer.

    Args:
        question: as it stands alone.
        passages: best first; `Passage.strength` decides whether they answer at all.
        model: compares words in meaning.
    """
    strong = [i for i, one in enumerate(passages[:PASSAGES_READ]) if one.passage.strength >= ENOUGH]
    lines = [line for i in strong for line in lines_of(i, passages[i])]
    if not lines:
        return Draft(Status.NOT_FOUND, Mode.EXTRACTIVE, ())
    scores = _scores(question, passages, lines, model)
    drafted: list[DraftSentence] = []
    taken: list[_Span] = []
    for i in _choose(lines, scores):
        spans = _widened(question, lines[i], passages)
        if any(_overlap(span, other) for span in spans[-1:] for other in taken):
            continue
        taken.extend(spans)
        drafted.append(_drafted(spans, passages, first=not drafted))
    best = max(passages[i].passage.strength for i in strong)
    status = Status.ANSWERED if best >= PARTIAL else Status.PARTIAL
    return Draft(status, Mode.EXTRACTIVE, tuple(drafted))


def _scores(
    question: AnalysedQuestion,
    passages: Sequence[AnalysedPassage],
    lines: Sequence[Line],
    model: StaticModel,
) -> NDArray[np.float32]:
    """How likely each line answers: words covered, the passage's rank, the kind of answer."""
    alone = model.compare_words(question.rows, [one.own.wording.rows for one in lines])[0]
    placed = model.compare_words(question.rows, [one.placed for one in lines])[0]
    around = model.compare_words(question.rows, [one.around for one in lines])[0]
    top = max(max(one.passage.score for one in passages), 1e-6)
    codes = {one.text for one in question.codes}
    asked = set(question.terms)
    scores = np.zeros(len(lines), np.float32)
    for i, one in enumerate(lines):
        passage = passages[one.passage].passage
        own_words = float(alone[i] if one.header is None else placed[i])
        score = OWN_WEIGHT * own_words + PLACED_WEIGHT * float(placed[i])
        score += BLOCK_WEIGHT * float(around[i])
        score += RANK_WEIGHT * passage.score / top
        if passage.chunk.language != question.language:
            score -= FOREIGN_LOSS
        if asked:
            score += SHARED_WORDS_WEIGHT * len(asked & one.own.wording.terms) / len(asked)
        if codes:
            score += CODES_WEIGHT * len(codes & one.around_terms) / len(codes)
        if question.wants_number and _NUMBER.search(one.own.text):
            score += NUMBER_GAIN
        if not passage.chunk.start <= passage.start + one.own.start < passage.chunk.end:
            score -= NEIGHBOUR_LOSS
        if one.own.text.rstrip().endswith(("?", "？")):
            score -= QUESTION_LOSS
        scores[i] = score
    return scores


def _choose(lines: Sequence[Line], scores: NDArray[np.float32]) -> list[int]:
    """The best line and those about as good that say something else."""
    order = np.argsort(-scores, kind="stable")
    best = float(scores[order[0]])
    chosen: list[int] = []
    for i in order:
        if len(chosen) >= MOST_SENTENCES or float(scores[i]) < NEAR_BEST * best:
            break
        if not any(_same_words(lines[i].own.wording, lines[other].own.wording) for other in chosen):
            chosen.append(int(i))
    return chosen


def _same_words(one: Wording, other: Wording) -> bool:
    least = min(len(one.terms), len(other.terms) or 1)
    return len(one.terms & other.terms) >= SAME_WORDS * least


def _widened(
    question: AnalysedQuestion, one: Line, passages: Sequence[AnalysedPassage]
) -> list[_Span]:
    """The line with what it cannot be understood without."""
    text = passages[one.passage].passage.text
    start, end, block = one.own.start, one.own.end, one.block
    if one.header is not None:
        return [(one.passage, *one.header), (one.passage, start, end)]
    items = [line for line in text[block.start : block.end].split("\n") if _ITEM.match(line)]
    short = block.end - block.start <= MOST_LIST_CHARACTERS
    if len(items) > 1 and short and question.wants_steps:
        return [(one.passage, block.start, block.end)]
    if one.own.text.rstrip().endswith((":", "：")):
        following = text.find("\n\n", block.end + 2)
        following = len(text) if following < 0 else following
        stop = block.end if block.end > end else following
        if stop - start <= MOST_LIST_CHARACTERS:
            return [(one.passage, start, stop)]
    if _LEANS_BACK.match(one.own.text):
        before = [other for other in block.sentences if other.start < start]
        if before:
            start = before[-1].start
    return [(one.passage, start, end)]


def _drafted(
    spans: Sequence[_Span], passages: Sequence[AnalysedPassage], *, first: bool
) -> DraftSentence:
    texts = [passages[number].passage.text[start:end] for number, start, end in spans]
    quotes = []
    for number, start, end in spans:
        offset = passages[number].passage.start
        quotes.append((number, offset + start, offset + end))
    return DraftSentence(
        text="\n".join(texts),
        passages=(spans[0][0],),
        quotes=tuple(quotes),
        gap="" if first else "\n",
    )


def _overlap(one: _Span, other: _Span) -> bool:
    return one[0] == other[0] and one[1] < other[2] and other[1] < one[2]
