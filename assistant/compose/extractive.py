"""Answering without a language model: the sentences that answer, verbatim, with footnotes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.evidence import ENOUGH, PARTIAL
from assistant.types import Draft, DraftSentence, Mode, Passage, Status
from ingest.analyse import terms
from ingest.sentences import split_sentences

Compare = Callable[[str, Sequence[str]], NDArray[np.float32]]
"""`compare(question, texts)`: how well each text covers the question's words in meaning, (n,)."""

MOST_SENTENCES = 3
PASSAGES_READ = 5
NEAR_BEST = 0.88
"""A further sentence is added if it scores at least this share of the best one."""

_LIST_ITEMS = 8
_ASKS_NUMBER = re.compile(
    r"\b(how (many|much|long|often|far|old|high|big)|what (percentage|number|amount|time|date|year)"
    r"|when|deadline|limit|cost|price|rate)\b|多少|几|何时|什么时候|多久|多长|哪天|哪年|上限|价格|费用",
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


@dataclass(frozen=True, slots=True)
class _Sentence:
    passage: int
    start: int
    end: int
    text: str
    ordinal: int


def compose_extractive(asked: str, passages: Sequence[Passage], compare: Compare) -> Draft:
    """The extractive answer.

    Args:
        asked: the question as it stands alone.
        passages: best first; `Passage.strength` decides whether they answer at all.
        compare: how well texts cover the question.
    """
    strong = [i for i, one in enumerate(passages[:PASSAGES_READ]) if one.strength >= ENOUGH]
    if not strong:
        return Draft(Status.NOT_FOUND, Mode.EXTRACTIVE, ())
    sentences = [each for i in strong for each in _sentences(i, passages[i])]
    if not sentences:
        return Draft(Status.NOT_FOUND, Mode.EXTRACTIVE, ())
    scores = _scores(asked, passages, sentences, compare)
    chosen = _choose(sentences, scores)
    spans = [_widened(sentences[i], passages) for i in chosen]
    drafted = [
        DraftSentence(
            text=passages[passage].text[start:end],
            passages=(passage,),
            quotes=((passage, passages[passage].start + start, passages[passage].start + end),),
            gap="\n" if number else "",
        )
        for number, (passage, start, end) in enumerate(
            sorted(_without_overlap(spans), key=lambda span: span[2] - span[1])
        )
    ]
    best = max(passages[i].strength for i in strong)
    status = Status.ANSWERED if best >= PARTIAL else Status.PARTIAL
    return Draft(status, Mode.EXTRACTIVE, tuple(drafted))


def _sentences(number: int, passage: Passage) -> list[_Sentence]:
    """The passage's sentences, without lines that only repeat its headings."""
    headings = {" ".join(one.split()) for one in (*passage.headings, passage.title)}
    out: list[_Sentence] = []
    for start, end in split_sentences(passage.text):
        text = passage.text[start:end]
        if " ".join(text.split()) in headings or len(text) < 3:
            continue
        out.append(_Sentence(number, start, end, text, len(out)))
    return out


def _scores(
    asked: str, passages: Sequence[Passage], sentences: Sequence[_Sentence], compare: Compare
) -> NDArray[np.float32]:
    """How likely each sentence answers: words covered, the passage's rank, the kind of answer."""
    with_heading = [
        f"{' '.join(passages[one.passage].headings[-1:])} {one.text}" for one in sentences
    ]
    covered = 0.5 * compare(asked, [one.text for one in sentences])
    covered = covered + 0.5 * compare(asked, with_heading)
    top = max(one.score for one in passages)
    wants_number = bool(_ASKS_NUMBER.search(asked))
    own = set(terms(asked))
    scores = np.zeros(len(sentences), np.float32)
    for i, one in enumerate(sentences):
        passage = passages[one.passage]
        score = float(covered[i]) + 0.25 * passage.score / max(top, 1e-6)
        if own:
            score += 0.15 * len(own.intersection(terms(one.text))) / len(own)
        if wants_number and _NUMBER.search(one.text):
            score += 0.12
        if not passage.core_start <= passage.start + one.start < passage.core_end:
            score -= 0.10
        if one.text.rstrip().endswith(("?", "？")):
            score -= 0.25
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


def _widened(one: _Sentence, passages: Sequence[Passage]) -> tuple[int, int, int]:
    """The sentence with the referent before it or the list after it, if it needs them."""
    text = passages[one.passage].text
    spans = split_sentences(text)
    place = next(i for i, span in enumerate(spans) if span == (one.start, one.end))
    start, end = one.start, one.end
    if place > 0 and _LEANS_BACK.match(one.text) and "\n" not in text[spans[place - 1][0] : start]:
        start = spans[place - 1][0]
    if one.text.rstrip().endswith((":", "：")):
        for _, item_end in spans[place + 1 : place + 1 + _LIST_ITEMS]:
            if "\n\n" in text[end:item_end].strip("\n"):
                break
            end = item_end
    return one.passage, start, end


def _without_overlap(spans: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    kept: list[tuple[int, int, int]] = []
    for passage, start, end in spans:
        if not any(p == passage and start < e and s < end for p, s, e in kept):
            kept.append((passage, start, end))
    return kept
