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
from dataclasses import dataclass

from assistant.checking import commitments
from assistant.checking.align import (
    Claim,
    Evidence,
    Piece,
    Similarity,
    Source,
    Weights,
    align,
    is_across,
    weigh,
)
from assistant.retrieval.location import location_of
from assistant.types import (
    Citation,
    Draft,
    DraftSentence,
    Passage,
    Question,
    Statement,
    Status,
    Verdict,
)
from ingest.text.language import language_of
from ingest.text.words import terms

COVERED = 0.62
"""Share of a statement's words that its quotes must hold to bear it out."""
ALIKE = 0.80
"""Or the share of its meaning, with at least `COVERED_IF_ALIKE` of its words."""
COVERED_IF_ALIKE = 0.40
"""Words that even a statement of the same meaning must share with its quotes."""
ALIKE_ACROSS = 0.56
"""Likeness in meaning (see `align`) that quotes of another language must have."""
PARTLY_COVERED = 0.30
"""Least share of words for a quote to be shown at all."""
PARTLY_ALIKE_ACROSS = 0.47
"""Least likeness for a quote of another language to be shown at all."""

_NEW_CLAUSE = 0.2
"""Share of a statement's words that makes a further clause of a quote a part of its matter."""
_FINAL = re.compile(r"[.!?。！？;；:：…]+$")
_MARKER = re.compile(r"(?:[-*+•#>]+|\d{1,3}[.)、])\s+")
_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]$")
_NUMBER = {Verdict.SUPPORTED: 2, Verdict.PARTLY: 1, Verdict.UNSUPPORTED: 0}


@dataclass(frozen=True, slots=True)
class Checked:
    """An answer's text with its footnote marks, each statement's verdict, and the citations.

    A statement's `text` stands in the answer's text letter for letter, before its marks.
    """

    text: str
    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    status: Status


@dataclass(frozen=True, slots=True)
class _Judged:
    sentence: DraftSentence
    verdict: Verdict
    spans: tuple[tuple[int, int, int], ...]
    """What to cite: passage index, start and end in canonical offsets."""


def check(
    draft: Draft,
    passages: Sequence[Passage],
    question: Question,
    *,
    similarity: Similarity | None = None,
) -> Checked:
    """The draft as an answer whose every footnote is an exact quote.

    Args:
        draft: sentences with the passages (indexes into `passages`) they say they rest on.
        passages: as given to the composer.
        question: what was asked; among equal quotes the one that speaks of it is taken.
        similarity: compares meaning across languages; without it only words, names and figures
            count.
    """
    if draft.status is Status.NOT_FOUND or not draft.sentences:
        return Checked("", (), (), Status.NOT_FOUND)
    judge = _Judge(passages, frozenset(terms(question.text)), similarity)
    judged = [judge.sentence(one) for one in _with_company(draft.sentences)]
    verdicts = {one.verdict for one in judged}
    if verdicts == {Verdict.UNSUPPORTED}:
        status = Status.NOT_FOUND
    elif verdicts == {Verdict.SUPPORTED} and draft.status is Status.ANSWERED:
        status = Status.ANSWERED
    else:
        status = Status.PARTIAL
    return _written(judged, passages, status)


class _Judge:
    """Judges the sentences of one draft."""

    def __init__(
        self, passages: Sequence[Passage], asked: frozenset[str], similarity: Similarity | None
    ) -> None:
        self._sources = [Source(one) for one in passages]
        self._weights = Weights(self._sources)
        self._asked = asked
        self._similarity = similarity

    def sentence(self, sentence: DraftSentence) -> _Judged:
        """The sentence's verdict and what to cite for it."""
        quoted = self._verified(sentence)
        if quoted and _same_words(sentence.text, quoted, self._sources):
            return _Judged(sentence, Verdict.SUPPORTED, self._spans(quoted))
        claim = Claim(_bare(sentence.text), self._asked)
        cited = quoted or self._aligned(claim, dict.fromkeys(sentence.passages))
        best, verdict = self._chosen(claim, cited)
        if verdict is not Verdict.SUPPORTED:
            others = [n for n in range(len(self._sources)) if n not in sentence.passages]
            for other in sorted(self._aligned(claim, others), key=lambda one: -one.rank):
                if self._verdict(claim, [other]) is Verdict.SUPPORTED:
                    best, verdict = [other], Verdict.SUPPORTED
                    break
        if verdict is Verdict.UNSUPPORTED:
            return _Judged(sentence, verdict, ())
        return _Judged(sentence, verdict, self._spans(best))

    def _verified(self, sentence: DraftSentence) -> list[Evidence]:
        """The quotes that the composer gives, as far as they lie in their passages."""
        found = []
        for number, start, end in sentence.quotes:
            if not 0 <= number < len(self._sources):
                continue
            source = self._sources[number]
            start, end = start - source.passage.start, end - source.passage.start
            text = source.passage.text
            if 0 <= start < end <= len(text) and text[start:end].strip():
                start += len(text[start:end]) - len(text[start:end].lstrip())
                end = start + len(text[start:end].rstrip())
                piece = Piece(start, end, text[start:end])
                claim = Claim(_bare(sentence.text), self._asked)
                found.append(
                    weigh(claim, number, source, (piece,), self._weights, self._similarity)
                )
        return found

    def _aligned(self, claim: Claim, numbers: Sequence[int] | dict[int, None]) -> list[Evidence]:
        found = [
            align(claim, number, self._sources[number], self._weights, self._similarity)
            for number in numbers
            if 0 <= number < len(self._sources)
        ]
        return [one for one in found if one is not None]

    def _chosen(self, claim: Claim, cited: list[Evidence]) -> tuple[list[Evidence], Verdict]:
        """The fewest quotes that give the best verdict: the best one, and those that raise it."""
        chosen: list[Evidence] = []
        verdict, worth = Verdict.UNSUPPORTED, (0.0, 0.0)
        for one in sorted(cited, key=lambda evidence: -evidence.rank):
            together = [*chosen, one]
            reached = self._verdict(claim, together)
            merged = self._merged(claim, together)
            gain = (-float(merged.missing), merged.covered)
            better = gain[0] > worth[0] or gain[1] > worth[1] + 0.1
            if _NUMBER[reached] > _NUMBER[verdict] or (
                chosen and better and _NUMBER[reached] == _NUMBER[verdict]
            ):
                chosen, verdict, worth = together, reached, gain
        return chosen, verdict

    def _merged(self, claim: Claim, evidence: Sequence[Evidence]) -> Evidence:
        """Several quotes weighed as if they were one."""
        if len(evidence) == 1:
            return evidence[0]
        parts = [
            weigh(claim, one.source, self._sources[one.source], one.pieces, self._weights, None)
            for one in evidence
        ]
        pieces = tuple(piece for one in evidence for piece in one.pieces)
        joined = weigh(
            claim,
            evidence[0].source,
            self._sources[evidence[0].source],
            pieces,
            self._weights,
            self._similarity,
        )
        missing = min([joined.missing, *(one.missing for one in parts)])
        return Evidence(joined.source, pieces, joined.covered, joined.similar, missing)

    def _verdict(self, claim: Claim, evidence: Sequence[Evidence]) -> Verdict:
        whole = self._merged(claim, evidence)
        quote = " ".join(piece.text for piece in whole.pieces)
        across = is_across(claim, self._sources[whole.source])
        level = _level_across(claim, whole) if across else _level(claim, whole)
        if level is Verdict.SUPPORTED and (
            whole.missing
            or self._unnamed(claim, evidence)
            or self._differs(claim, evidence[0], quote, across=across)
            or (len(evidence) > 1 and not self._each_clause_holds(claim, evidence))
        ):
            return Verdict.PARTLY
        return level

    def _unnamed(self, claim: Claim, evidence: Sequence[Evidence]) -> bool:
        """Whether the claim names somebody whom the cited passages do not.

        A passage may name in its title, or some sentences before, what its quote calls "it".
        Names inside Chinese text are Latin in every language; others may be translated.
        """
        sources = [self._sources[one.source] for one in evidence]
        text = " ".join(f"{one.context} {one.passage.text}" for one in sources)
        if claim.language == "en" and language_of(text) == "zh":
            return False
        return bool(commitments.missing_names(claim.names, text))

    def _each_clause_holds(self, claim: Claim, evidence: Sequence[Evidence]) -> bool:
        """Whether the figures of each clause come from one quote that speaks of that clause.

        Otherwise one quote would lend its year and another its sum to something nobody wrote.
        """
        for text in _clauses_with_words(claim.text):
            clause = Claim(text, self._asked)
            if not clause.figures | clause.codes:
                continue
            if not any(self._holds_clause(clause, one) for one in evidence):
                return False
        return True

    def _holds_clause(self, clause: Claim, evidence: Evidence) -> bool:
        source = self._sources[evidence.source]
        own = weigh(clause, evidence.source, source, evidence.pieces, self._weights, None)
        named = not self._unnamed(clause, [evidence])
        return named and own.covered >= COVERED_IF_ALIKE and not own.missing

    def _differs(self, claim: Claim, best: Evidence, quote: str, *, across: bool) -> bool:
        """Whether the quote denies, bounds or prices otherwise than the claim."""
        if commitments.other_currency(claim.text, quote) or commitments.contradicts(
            claim.text, quote
        ):
            return True
        if across:
            return bool(commitments.denials(claim.text)) != bool(commitments.denials(quote))
        text = " ".join(piece.text for piece in best.pieces)
        mine = commitments.denials(claim.text)
        theirs = commitments.denials(" , ".join(self._clauses_about(claim, text)))
        return bool(mine) != bool(theirs) or mine % 2 != theirs % 2

    def _clauses_about(self, claim: Claim, text: str) -> list[str]:
        """The clauses of a quote that the claim repeats: those that add to its words."""
        held: frozenset[str] = frozenset()
        about: list[str] = []
        left = [(clause, frozenset(terms(clause))) for clause in commitments.clauses(text)]
        while left:
            best = max(left, key=lambda one: self._weights.covered(claim.terms, held | one[1]))
            gain = self._weights.covered(claim.terms, held | best[1])
            if about and gain < self._weights.covered(claim.terms, held) + _NEW_CLAUSE:
                break
            left.remove(best)
            about.append(best[0])
            held |= best[1]
        return about

    def _spans(self, evidence: Sequence[Evidence]) -> tuple[tuple[int, int, int], ...]:
        spans = []
        for one in evidence:
            offset = self._sources[one.source].passage.start
            spans.append((one.source, offset + one.start, offset + one.end))
        return tuple(spans)


def _clauses_with_words(text: str) -> list[str]:
    """Clauses, each with words of its own: "In 2026, leave is 25 days" is one."""
    joined: list[str] = []
    for clause in commitments.clauses(text):
        thin = bool(joined) and len(Claim(joined[-1], frozenset()).terms) < 2
        if thin:
            joined[-1] = f"{joined[-1]}, {clause}"
        else:
            joined.append(clause)
    if len(joined) > 1 and len(Claim(joined[-1], frozenset()).terms) < 2:
        joined[-2:] = [f"{joined[-2]}, {joined[-1]}"]
    return joined


def _level(claim: Claim, evidence: Evidence) -> Verdict:
    covered, similar = evidence.covered, evidence.similar
    if not claim.terms:
        # Nothing but figures: they say it all, or nothing.
        held = bool(claim.figures or claim.codes) and not evidence.missing
        return Verdict.SUPPORTED if held else Verdict.UNSUPPORTED
    if covered >= COVERED:
        return Verdict.SUPPORTED
    if similar is not None and similar >= ALIKE and covered >= COVERED_IF_ALIKE:
        return Verdict.SUPPORTED
    return Verdict.PARTLY if covered >= PARTLY_COVERED else Verdict.UNSUPPORTED


def _level_across(claim: Claim, evidence: Evidence) -> Verdict:
    """Across languages: by meaning, or, where nothing compares it, by figures and codes alone."""
    if evidence.similar is not None:
        if evidence.similar >= ALIKE_ACROSS:
            return Verdict.SUPPORTED
        return Verdict.PARTLY if evidence.similar >= PARTLY_ALIKE_ACROSS else Verdict.UNSUPPORTED
    held = len(claim.figures | claim.codes) - evidence.missing
    return Verdict.PARTLY if held > 0 and not evidence.missing else Verdict.UNSUPPORTED


def _with_company(sentences: Sequence[DraftSentence]) -> list[DraftSentence]:
    """A sentence that says nothing by itself ("Yes.") is judged together with the next."""
    joined: list[DraftSentence] = []
    held: DraftSentence | None = None
    for sentence in sentences:
        if held is not None:
            passages = tuple(dict.fromkeys((*held.passages, *sentence.passages)))
            text = f"{held.text}{sentence.gap}{sentence.text}"
            sentence = DraftSentence(text, passages, (*held.quotes, *sentence.quotes), held.gap)
            held = None
        if _says_nothing(sentence.text):
            held = sentence
        else:
            joined.append(sentence)
    return [*joined, held] if held is not None else joined


def _says_nothing(text: str) -> bool:
    claim = Claim(_bare(text), frozenset())
    return not (claim.terms or claim.figures or claim.codes) or bool(_YES.fullmatch(text))


_YES = re.compile(
    r"(?:yes|no|yes indeed|是的?|可以|不可以|不是|能|不能|对)\s*[.!。！,，]*", re.IGNORECASE
)


def _same_words(text: str, quoted: Sequence[Evidence], sources: Sequence[Source]) -> bool:
    """Whether the sentence is nothing but its quotes."""
    quotes = "".join(sources[one.source].passage.text[one.start : one.end] for one in quoted)
    return "".join(text.split()) == "".join(quotes.split())


def _bare(text: str) -> str:
    """The sentence without list marker and emphasis."""
    marker = _MARKER.match(text)
    return (text[marker.end() :] if marker else text).replace("**", "").replace("`", "")


def _written(judged: Sequence[_Judged], passages: Sequence[Passage], status: Status) -> Checked:
    """Text, statements and footnotes; numbers count by first use, a span has one number."""
    numbers: dict[tuple[str, int, int, int], int] = {}
    citations: list[Citation] = []
    statements: list[Statement] = []
    parts: list[str] = []
    for one in judged:
        used: list[int] = []
        for index, start, end in one.spans:
            passage = passages[index]
            key = (passage.document_id, passage.version, start, end)
            if key not in numbers:
                numbers[key] = len(numbers) + 1
                citations.append(_citation(numbers[key], passage, start, end))
            if numbers[key] not in used:
                used.append(numbers[key])
        text = one.sentence.text.strip()
        final = _FINAL.search(text)
        body, closing = (text[: final.start()], final[0]) if final else (text, "")
        body = body.rstrip()
        if not body:
            body, closing = text, ""
        marks = "".join(f"[{number}]" for number in used)
        space = " " if marks and not _WIDE.search(body) else ""
        parts.append(f"{one.sentence.gap if parts else ''}{body}{space}{marks}{closing}")
        marker = _MARKER.match(body)
        statements.append(
            Statement(body[marker.end() :] if marker else body, tuple(used), one.verdict)
        )
    return Checked("".join(parts), tuple(statements), tuple(citations), status)


def _citation(number: int, passage: Passage, start: int, end: int) -> Citation:
    return Citation(
        number=number,
        document_id=passage.document_id,
        version=passage.version,
        title=passage.title,
        uri=passage.uri,
        source=passage.source,
        page=passage.page,
        headings=passage.headings,
        start=start,
        end=end,
        quote=passage.text[start - passage.start : end - passage.start],
        modified_at=passage.modified_at,
        owner=passage.owner,
        location=location_of(passage),
    )
