"""Holding a draft to its passages: exact quotes, a verdict for every sentence, footnotes.

The verdict of a statement follows from what its quotes hold:

- SUPPORTED: they cover its words (or, across languages, its meaning), hold all its figures and
  codes, and deny or bound nothing differently;
- PARTLY: they cover much of it, but a figure or code is missing, the words agree only in part, or
  one denies (or says "at least", "must", "before", …) where the other does not;
- UNSUPPORTED: neither the cited passages nor any other of the given ones holds it. It gets no
  footnote.

The rules err on the side of doubt: a true statement may be called PARTLY, a wrong figure is not
called SUPPORTED.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.analysis.passage import AnalysedPassage
from assistant.analysis.question import AnalysedQuestion
from assistant.checking.footnotes import Checked, Judged, write_down
from assistant.checking.judge import Judge
from assistant.types import Draft, DraftSentence, Status, Verdict
from ingest.models.static import StaticModel

_YES = re.compile(
    r"(?:yes|no|yes indeed|是的?|可以|不可以|不是|能|不能|对)\s*[.!。！,，]*", re.IGNORECASE
)


def check(
    draft: Draft,
    passages: Sequence[AnalysedPassage],
    question: AnalysedQuestion,
    *,
    model: StaticModel | None = None,
) -> Checked:
    """The draft as an answer whose every footnote is an exact quote.

    Args:
        draft: sentences with the passages (indexes into `passages`) they say they rest on.
        passages: as given to the composer.
        question: what was asked; among equal quotes the one that speaks of it is taken.
        model: compares meaning across languages; without it only words, names and figures count.
    """
    if draft.status is Status.NOT_FOUND or not draft.sentences:
        return Checked("", (), (), Status.NOT_FOUND)
    judge = Judge(passages, frozenset(question.terms), model)
    judged = [judge.sentence(one) for one in _with_company(draft.sentences, judge)]
    return write_down(judged, [one.passage for one in passages], _status(judged, draft.status))


def _status(judged: Sequence[Judged], drafted: Status) -> Status:
    verdicts = {one.verdict for one in judged}
    if verdicts == {Verdict.UNSUPPORTED}:
        return Status.NOT_FOUND
    if verdicts == {Verdict.SUPPORTED} and drafted is Status.ANSWERED:
        return Status.ANSWERED
    return Status.PARTIAL


def _with_company(sentences: Sequence[DraftSentence], judge: Judge) -> list[DraftSentence]:
    """A sentence that says nothing by itself ("Yes.") is judged together with the next."""
    joined: list[DraftSentence] = []
    held: DraftSentence | None = None
    for sentence in sentences:
        if held is not None:
            passages = tuple(dict.fromkeys((*held.passages, *sentence.passages)))
            text = f"{held.text}{sentence.gap}{sentence.text}"
            sentence = DraftSentence(text, passages, (*held.quotes, *sentence.quotes), held.gap)
            held = None
        if _YES.fullmatch(sentence.text) or not judge.says_something(sentence):
            held = sentence
        else:
            joined.append(sentence)
    return [*joined, held] if held is not None else joined
