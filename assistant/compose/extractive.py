"""Answering without a language model: the sentences that answer, verbatim, with footnotes.

The sentence that answers best comes first, then what adds to it; a procedure is given with all
its steps, a table row with the header that says what its cells mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.retrieval.strength import ENOUGH, PARTIAL, identifiers
from assistant.types import Draft, DraftSentence, Mode, Passage, Status
from ingest.text.language import language_of
from ingest.text.sentences import split_sentences
from ingest.text.words import terms

Compare = Callable[[str, Sequence[str]], NDArray[np.float32]]
"""`compare(question, texts)`: how well each text covers the question's words in meaning, (n,)."""

MOST_SENTENCES = 3
"""Sentences of an answer, each with what it cannot be understood without."""

PASSAGES_READ = 4
"""Of the passages, how many of the best are read for sentences."""

NEAR_BEST = 0.9
"""A further sentence is added if it scores at least this share of the best one."""

MOST_LIST_CHARACTERS = 900
"""A longer procedure or list is not given whole."""

_ASKS_NUMBER = re.compile(
    r"\b(how (many|much|long|often|far|old|high|big|soon)|what (percentage|number|amount|time|date"
    r"|year)|when|until|deadline|limit|cost|price|rate|range|salary)\b"
    r"|多少|几|何时|什么时候|多久|多长|哪天|哪年|上限|价格|费用",
    re.IGNORECASE,
)
_ASKS_STEPS = re.compile(
    r"\b(how (do|can|should|to)|what (do|should|must) (i|we)|steps?|procedure|process)\b"
    r"|怎么|如何|怎样|步骤|流程",
    re.IGNORECASE,
)
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
_CELLS = " | "


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence of a passage (offsets inside its text) and what it has to be read with.

    `context` is the innermost heading above it, with a table row's header. `block` is the
    paragraph, list or row it is part of. `header` is where the row's header stands in the passage.
    """

    passage: int
    start: int
    end: int
    text: str
    context: str
    block: str
    header: tuple[int, int] | None = None


def compose_extractive(asked: str, passages: Sequence[Passage], compare: Compare) -> Draft:
    """The extractive answer.

    Args:
        asked: the question as it stands alone.
        passages: best first; `Passage.strength` decides whether they answer at all.
        compare: how well texts cover the question.
    """
    strong = [i for i, one in enumerate(passages[:PASSAGES_READ]) if one.strength >= ENOUGH]
    sentences = [each for i in strong for each in _sentences(i, passages[i])]
    if not sentences:
        return Draft(Status.NOT_FOUND, Mode.EXTRACTIVE, ())
    scores = _scores(asked, passages, sentences, compare)
    drafted: list[DraftSentence] = []
    taken: list[tuple[int, int, int]] = []
    for i in _choose(sentences, scores):
        spans = _widened(asked, sentences[i], passages)
        if any(_overlap(span, other) for span in spans[-1:] for other in taken):
            continue
        taken.extend(spans)
        drafted.append(_drafted(spans, passages, first=not drafted))
    best = max(passages[i].strength for i in strong)
    status = Status.ANSWERED if best >= PARTIAL else Status.PARTIAL
    return Draft(status, Mode.EXTRACTIVE, tuple(drafted))


def _sentences(number: int, passage: Passage) -> list[_Sentence]:
    """The passage's sentences; its headings and table headers are context, not sentences."""
    headings = {_folded(one) for one in (*passage.headings, *passage.section_headings)}
    headings.add(_folded(passage.title))
    heading = passage.headings[-1] if passage.headings else ""
    header: tuple[int, int] | None = None
    in_table = False
    out: list[_Sentence] = []
    for start, end in split_sentences(passage.text):
        text = passage.text[start:end]
        is_row = _CELLS in text
        if is_row and not in_table and passage.table_header is None:
            in_table, header = True, (start, end)
            continue
        in_table = is_row
        if _folded(text) in headings:
            heading = text
            continue
        if is_row:
            shown = passage.text[header[0] : header[1]] if header else passage.table_header or ""
            context = f"{heading} {shown}"
            out.append(_Sentence(number, start, end, text, context, f"{context} {text}", header))
        elif len(text) >= 3:
            header = None
            block_start, block_end = _block(passage.text, start, end)
            block = passage.text[block_start:block_end]
            out.append(_Sentence(number, start, end, text, heading, f"{heading} {block}"))
    return out


def _scores(
    asked: str, passages: Sequence[Passage], sentences: Sequence[_Sentence], compare: Compare
) -> NDArray[np.float32]:
    """How likely each sentence answers: words covered, the passage's rank, the kind of answer."""
    alone = compare(asked, [one.text for one in sentences])
    placed = compare(asked, [f"{one.context} {one.text}" for one in sentences])
    around = compare(asked, [one.block for one in sentences])
    language = language_of(asked)
    top = max(max(one.score for one in passages), 1e-6)
    wants_number = bool(_ASKS_NUMBER.search(asked))
    codes = set(identifiers(asked))
    own = set(terms(asked))
    scores = np.zeros(len(sentences), np.float32)
    for i, one in enumerate(sentences):
        passage = passages[one.passage]
        own_words = float(placed[i] if one.header else alone[i])
        score = 0.35 * own_words + 0.4 * float(placed[i]) + 0.25 * float(around[i])
        score += 0.25 * passage.score / top
        if passage.language != language:
            score -= 0.1  # of two passages that answer as well, the one that the asker reads
        said = set(terms(one.text))
        if own:
            score += 0.2 * len(own & said) / len(own)
        if codes:
            score += 0.3 * len(codes & set(terms(one.block))) / len(codes)
        if wants_number and _NUMBER.search(one.text):
            score += 0.12
        if not passage.core_start <= passage.start + one.start < passage.core_end:
            score -= 0.1
        if one.text.rstrip().endswith(("?", "？")):
            score -= 0.3
        scores[i] = score
    return scores


def _choose(sentences: Sequence[_Sentence], scores: NDArray[np.float32]) -> list[int]:
    """The best sentence and those about as good that say something else."""
    order = np.argsort(-scores, kind="stable")
    best = float(scores[order[0]])
    chosen: list[int] = []
    said: list[set[str]] = []
    for i in order:
        if len(chosen) >= MOST_SENTENCES or float(scores[i]) < NEAR_BEST * best:
            break
        own = set(terms(sentences[i].text))
        if any(len(own & other) >= 0.8 * min(len(own), len(other) or 1) for other in said):
            continue
        said.append(own)
        chosen.append(int(i))
    return chosen


def _widened(asked: str, one: _Sentence, passages: Sequence[Passage]) -> list[tuple[int, int, int]]:
    """Spans (passage, start, end) of the sentence with what it cannot be understood without."""
    text = passages[one.passage].text
    if one.header is not None:
        return [(one.passage, *one.header), (one.passage, one.start, one.end)]
    start, end = one.start, one.end
    block_start, block_end = _block(text, start, end)
    items = [line for line in text[block_start:block_end].split("\n") if _ITEM.match(line)]
    short = block_end - block_start <= MOST_LIST_CHARACTERS
    if len(items) > 1 and short and _ASKS_STEPS.search(asked):
        return [(one.passage, block_start, block_end)]
    if one.text.rstrip().endswith((":", "：")):
        following = text.find("\n\n", block_end + 2)
        following = len(text) if following < 0 else following
        stop = block_end if block_end > end else following
        if stop - start <= MOST_LIST_CHARACTERS:
            return [(one.passage, start, stop)]
    if _LEANS_BACK.match(one.text):
        before = split_sentences(text[block_start:start])
        if before:
            start = block_start + before[-1][0]
    return [(one.passage, start, end)]


def _block(text: str, start: int, end: int) -> tuple[int, int]:
    """The bounds of the block (text between empty lines) that a stretch is part of."""
    before = text.rfind("\n\n", 0, start)
    after = text.find("\n\n", end)
    return (0 if before < 0 else before + 2), (len(text) if after < 0 else after)


def _drafted(
    spans: Sequence[tuple[int, int, int]], passages: Sequence[Passage], *, first: bool
) -> DraftSentence:
    texts = [passages[passage].text[start:end] for passage, start, end in spans]
    return DraftSentence(
        text="\n".join(texts),
        passages=(spans[0][0],),
        quotes=tuple(
            (passage, passages[passage].start + start, passages[passage].start + end)
            for passage, start, end in spans
        ),
        gap="" if first else "\n",
    )


def _overlap(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    return one[0] == other[0] and one[1] < other[2] and other[1] < one[2]


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
