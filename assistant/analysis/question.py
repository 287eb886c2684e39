"""The question as every stage needs it: cut, folded and looked up once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.models.static import StaticModel
from ingest.models.translations import Translations
from ingest.text.language import language_of
from ingest.text.words import analyse, terms

_IDENTIFIER = re.compile(
    r"(?=[\w.-]*\d)(?=[\w.-]*[A-Za-z])[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*|\d{4,}"
)
_MEASURE = re.compile(r"\d+(?:st|nd|rd|th|kg|km|m|h|gb|mb|%|s)")
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


@dataclass(frozen=True, slots=True)
class AnalysedQuestion:
    """A question that stands by itself, with everything that is read from its words.

    Attributes:
        text: as it stands alone.
        language: "en", "zh" or "other".
        terms: its index terms, in order, with repetitions.
        words: its content words, in order, with repetitions.
        rows: its different words as rows of the static model, (n,).
        translations: of each content word, weighted (0..1).
        codes: identifiers that it names, lower case.
        wants_number: whether it asks for a figure, a date or a bound.
        wants_steps: whether it asks how something is done.
    """

    text: str
    language: str
    terms: tuple[str, ...]
    words: tuple[str, ...]
    rows: NDArray[np.int32]
    translations: Mapping[str, Sequence[tuple[str, float]]]
    codes: tuple[Code, ...]
    wants_number: bool
    wants_steps: bool


@dataclass(frozen=True, slots=True)
class Code:
    """An identifier as the question writes it (lower case), and the index terms it is made of."""

    text: str
    terms: tuple[str, ...]


def analyse_question(text: str, model: StaticModel, translations: Translations) -> AnalysedQuestion:
    """Everything that is read from a question's words; nothing here depends on the documents."""
    found = analyse(text)
    return AnalysedQuestion(
        text=text,
        language=language_of(text),
        terms=found.terms,
        words=found.words,
        rows=model.tokens(text),
        translations={word: tuple(translations.of(word)) for word in dict.fromkeys(found.words)},
        codes=tuple(Code(one, tuple(terms(one))) for one in identifiers(text)),
        wants_number=bool(_ASKS_NUMBER.search(text)),
        wants_steps=bool(_ASKS_STEPS.search(text)),
    )


def identifiers(text: str) -> list[str]:
    """Codes of a question (`ERR-4042`, `TKT-1234`, `v2.1`, long numbers), lower case.

    Ordinals, units written onto a number and years (`3rd`, `25kg`, `5S`, `2025`) are not codes.
    """
    found = [match.group().lower() for match in _IDENTIFIER.finditer(text)]
    return [
        one
        for one in found
        if not _MEASURE.fullmatch(one) and not re.fullmatch(r"(?:19|20)\d\d", one)
    ]
