"""The verdict on one sentence of a draft, and the quotes that bear it out.

The numbers below are tuned; `make bench BENCH_ARGS=constants` measures them again.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from assistant.analysis.passage import AnalysedPassage
from assistant.checking import commitments
from assistant.checking.align import Evidence, Weights, align, is_across, weigh
from assistant.checking.claim import Claim
from assistant.checking.footnotes import MARKER, Judged
from assistant.checking.verdicts import COVERED_IF_ALIKE, RANK, level, level_across
from assistant.types import DraftSentence, Verdict
from ingest.models.static import StaticModel
from ingest.text.language import language_of
from ingest.text.words import terms

NEW_CLAUSE = 0.2
"""Share of a statement's words that makes a further clause of a quote a part of its matter."""

BETTER = 0.1
"""How much more of a statement a further quote must cover to be cited too."""


_Quote = tuple[int, int, int]
"""A passage, and the start and end of a stretch of its text."""


class Judge:
    """Judges the sentences of one draft."""

    def __init__(
        self,
        passages: Sequence[AnalysedPassage],
        asked: frozenset[str],
        model: StaticModel | None,
    ) -> None:
        self._sources = passages
        self._asked = asked
        self._model = model
        self._claims: dict[str, Claim] = {}

    @cached_property
    def _weights(self) -> Weights:
        """Exact copies need none."""
        return Weights(self._sources)

    def sentence(self, sentence: DraftSentence) -> Judged:
        """The sentence's verdict and what to cite for it."""
        if copied := self._copied(sentence):
            return Judged(sentence, Verdict.SUPPORTED, self._spans(copied))
        claim = self._claim(bare(sentence.text))
        cited = self._weighed(claim, self._located(sentence)) or self._aligned(
            claim, dict.fromkeys(sentence.passages)
        )
        best, verdict = self._chosen(claim, cited)
        if verdict is not Verdict.SUPPORTED:
            others = [n for n in range(len(self._sources)) if n not in sentence.passages]
            for other in sorted(self._aligned(claim, others), key=lambda one: -one.rank):
                if self._verdict(claim, [other]) is Verdict.SUPPORTED:
                    best, verdict = [other], Verdict.SUPPORTED
                    break
        if verdict is Verdict.UNSUPPORTED:
            return Judged(sentence, verdict, ())
        return Judged(
            sentence, verdict, self._spans([(one.source, one.start, one.end) for one in best])
        )

    def says_something(self, sentence: DraftSentence) -> bool:
        """Whether it has any word, figure or code to be judged by."""
        if copied := self._copied(sentence):
            return any(self._sources[n].words.terms(start, end) for n, start, end in copied)
        claim = self._claim(bare(sentence.text))
        return bool(claim.terms or claim.figures or claim.codes)

    def _claim(self, text: str) -> Claim:
        if text not in self._claims:
            self._claims[text] = Claim(text, self._asked, self._model)
        return self._claims[text]

    def _located(self, sentence: DraftSentence) -> list[_Quote]:
        """The quotes that the composer gives, as far as they lie in their passages."""
        found = []
        for number, start, end in sentence.quotes:
            if not 0 <= number < len(self._sources):
                continue
            passage = self._sources[number].passage
            start, end = start - passage.start, end - passage.start
            if not 0 <= start < end <= len(passage.text):
                continue
            quote = passage.text[start:end]
            if quote.strip():
                start += len(quote) - len(quote.lstrip())
                found.append((number, start, start + len(quote.strip())))
        return found

    def _copied(self, sentence: DraftSentence) -> list[_Quote]:
        """The quotes of a sentence that is nothing but its quotes; none of any other one."""
        quotes = self._located(sentence)
        said = "".join(self._sources[n].passage.text[start:end] for n, start, end in quotes)
        return quotes if "".join(sentence.text.split()) == "".join(said.split()) else []

    def _weighed(self, claim: Claim, quotes: Sequence[_Quote]) -> list[Evidence]:
        weighed = []
        for number, start, end in quotes:
            source = self._sources[number]
            piece = source.words.sentence(start, end)
            weighed.append(weigh(claim, number, source, (piece,), self._weights, self._model))
        return weighed

    def _aligned(self, claim: Claim, numbers: Sequence[int] | dict[int, None]) -> list[Evidence]:
        found = [
            align(claim, number, self._sources[number], self._weights, self._model)
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
            better = gain[0] > worth[0] or gain[1] > worth[1] + BETTER
            if RANK[reached] > RANK[verdict] or (
                chosen and better and RANK[reached] == RANK[verdict]
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
            self._model,
        )
        missing = min([joined.missing, *(one.missing for one in parts)])
        return Evidence(joined.source, pieces, joined.covered, joined.similar, missing)

    def _verdict(self, claim: Claim, evidence: Sequence[Evidence]) -> Verdict:
        whole = self._merged(claim, evidence)
        quote = " ".join(piece.text for piece in whole.pieces)
        across = is_across(claim, self._sources[whole.source])
        reached = level_across(claim, whole) if across else level(claim, whole)
        if reached is Verdict.SUPPORTED and (
            whole.missing
            or self._unnamed(claim, evidence)
            or self._differs(claim, evidence[0], quote, across=across)
            or (len(evidence) > 1 and not self._each_clause_holds(claim, evidence))
        ):
            return Verdict.PARTLY
        return reached

    def _unnamed(self, claim: Claim, evidence: Sequence[Evidence]) -> bool:
        """Whether the claim names somebody whom the cited passages do not.

        A passage may name in its title, or some sentences before, what its quote calls "it".
        Names inside Chinese text are Latin in every language; others may be translated.
        """
        sources = [self._sources[one.source] for one in evidence]
        if not claim.names:
            return False
        text = " ".join(f"{one.context.text} {one.passage.text}" for one in sources)
        if claim.language == "en" and language_of(text) == "zh":
            return False
        return bool(commitments.missing_names(claim.names, text))

    def _each_clause_holds(self, claim: Claim, evidence: Sequence[Evidence]) -> bool:
        """Whether the figures of each clause come from one quote that speaks of that clause.

        Otherwise one quote would lend its year and another its sum to something nobody wrote.
        """
        for text in _clauses_with_words(claim.text):
            clause = self._claim(text)
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
            if about and gain < self._weights.covered(claim.terms, held) + NEW_CLAUSE:
                break
            left.remove(best)
            about.append(best[0])
            held |= best[1]
        return about

    def _spans(self, quotes: Sequence[_Quote]) -> tuple[tuple[int, int, int], ...]:
        offsets = [self._sources[number].passage.start for number, _, _ in quotes]
        return tuple(
            (number, offset + start, offset + end)
            for offset, (number, start, end) in zip(offsets, quotes, strict=True)
        )


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


def bare(text: str) -> str:
    """The sentence without list marker and emphasis."""
    marker = MARKER.match(text)
    return (text[marker.end() :] if marker else text).replace("**", "").replace("`", "")
