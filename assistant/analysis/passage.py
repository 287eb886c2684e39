"""A passage cut into sentences, each of which is analysed once, when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from assistant.analysis.figures import offered
from assistant.types import Passage
from ingest.models.static import StaticModel
from ingest.text.language import language_of
from ingest.text.sentences import split_sentences
from ingest.text.words import terms

LONGEST_QUOTE = 600
"""Characters; a longer sentence is quoted in parts, cut where it pauses."""

Rows = NDArray[np.int32]
"""The words of a text as rows of the static model, in order, with repetitions."""


@dataclass(frozen=True)
class Wording:
    """Some words of a document: what comparing them takes is worked out when first asked for."""

    text: str
    model: StaticModel

    @cached_property
    def terms(self) -> frozenset[str]:
        """Its index terms."""
        return frozenset(terms(self.text)) if self.text else frozenset()

    @cached_property
    def figures(self) -> frozenset[str]:
        """See `figures.offered`."""
        return offered(self.text)

    @cached_property
    def rows(self) -> Rows:
        """See `StaticModel.compared_words`."""
        return self.model.compared_words(self.text)


class Wordings:
    """The words of one answer's passages, each text once however many of them hold it."""

    def __init__(self, model: StaticModel) -> None:
        self._model = model
        self._known: dict[str, Wording] = {}

    def of(self, text: str) -> Wording:
        """The wording of a text."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = Wording(text, self._model)
        return known


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage, or a part of one; offsets are in the passage's text."""

    wording: Wording
    start: int
    end: int

    @property
    def text(self) -> str:
        """Its words as they stand."""
        return self.wording.text


@dataclass(frozen=True)
class PassageText:
    """The text of a passage as its sentences."""

    text: str
    wordings: Wordings

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """In order, without overlap; together they hold all that is not white space."""
        return tuple(self.sentence(start, end) for start, end in split_sentences(self.text))

    @cached_property
    def pieces(self) -> tuple[Sentence, ...]:
        """The sentences, none longer than `LONGEST_QUOTE`."""
        return tuple(piece for one in self.sentences for piece in self._cut(one))

    def sentence(self, start: int, end: int) -> Sentence:
        """A stretch of the text as a sentence."""
        return Sentence(self.wordings.of(self.text[start:end]), start, end)

    def between(self, start: int, end: int) -> list[Sentence]:
        """The sentences that begin in a stretch."""
        return [one for one in self.sentences if start <= one.start < end]

    def terms(self, start: int, end: int) -> frozenset[str]:
        """The index terms of a stretch; sentences that reach beyond it count as far as it goes."""
        found: set[str] = set()
        for one in self.sentences:
            first, last = max(one.start, start), min(one.end, end)
            if (first, last) == (one.start, one.end):
                found |= one.wording.terms
            elif first < last:
                found |= self.wordings.of(self.text[first:last]).terms
        return frozenset(found)

    def _cut(self, one: Sentence) -> Iterator[Sentence]:
        if one.end - one.start <= LONGEST_QUOTE:
            yield one
            return
        for start, end in _parts(self.text, one.start, one.end):
            yield self.sentence(start, end)


@dataclass(frozen=True)
class AnalysedPassage:
    """A passage with its text analysed, for every statement that may rest on it."""

    passage: Passage
    words: PassageText

    @cached_property
    def language(self) -> str:
        """ "en", "zh" or "other", of the text itself."""
        return language_of(self.passage.text)

    @cached_property
    def context(self) -> Wording:
        """What is shown with a quote of this passage and says what it is about."""
        one = self.passage.chunk
        parts = [one.title, *one.headings, one.table_header or "", one.sheet or ""]
        return self.words.wordings.of(" ".join(parts))

    @cached_property
    def context_figures(self) -> frozenset[str]:
        """Years and months of the context; other figures there are mostly section numbers."""
        return frozenset(
            one
            for one in self.context.figures
            if one.startswith("m:") or (len(one) == 4 and one[:2] in ("19", "20"))
        )


def _parts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A span in parts of at most `LONGEST_QUOTE` characters, cut where it pauses."""
    while end - start > LONGEST_QUOTE:
        room = text[start : start + LONGEST_QUOTE]
        at = max(room.rfind(sign) for sign in ";；,，、\n ") + 1
        cut = start + (at if at > LONGEST_QUOTE // 3 else LONGEST_QUOTE)
        yield start, start + len(text[start:cut].rstrip())
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield start, end
