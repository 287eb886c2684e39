"""The constants that were tuned: what each is measured by, and the values beside it.

A new one is a line of `TUNED`; a number that is no matter of measuring is one of `LIMITS`, with its
reason. A test holds that every numeric constant of retrieval, composing and checking is in either.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from types import ModuleType

PACKAGES = (
    "assistant.analysis",
    "assistant.retrieval",
    "assistant.compose",
    "assistant.checking",
)


class Measure(StrEnum):
    """What tells whether a value is right."""

    RANKING = "ranking"
    ANSWERS = "answers"
    VERDICTS = "verdicts"


@dataclass(frozen=True, slots=True)
class Constant:
    """A tuned constant of a module and values to compare its present one with.

    `in_context`: it only matters where a model reads texts in context, and is measured with one.
    `follows`: a constant that is worked out from it when the module is read, as (module, name,
    difference).
    """

    module: str
    name: str
    beside: tuple[float, ...]
    measure: Measure
    in_context: bool = False
    follows: tuple[str, str, int] | None = None

    @property
    def now(self) -> float:
        """Today's value."""
        value: float = getattr(import_module(self.module), self.name)
        return value

    @property
    def label(self) -> str:
        """`rank.DENSE_WEIGHT`."""
        return f"{self.module.rpartition('.')[2]}.{self.name}"


def _of(measure: Measure, module: str, /, **beside: tuple[float, ...]) -> list[Constant]:
    return [Constant(f"assistant.{module}", name, two, measure) for name, two in beside.items()]


def _in_context(module: str, /, **beside: tuple[float, ...]) -> list[Constant]:
    return [
        Constant(f"assistant.{module}", name, two, Measure.RANKING, in_context=True)
        for name, two in beside.items()
    ]


TUNED: tuple[Constant, ...] = (
    *_of(
        Measure.RANKING,
        "retrieval.rank",
        DENSE_WEIGHT=(0.3, 0.5),
        SURE_FROM=(0.5, 0.7),
        SURE_AT=(0.9, 1.1),
        DENSE_LESS_IF_SURE=(0.3, 0.7),
        ABROAD_LESS_IF_SURE=(0.5, 0.9),
        SECOND_STAGE=(10, 30),
        SECOND_STAGE_WEIGHT=(0.4, 0.6),
        NAME_WEIGHT=(0.2, 0.4),
    ),
    Constant(
        "assistant.retrieval.rank",
        "DEPTH",
        (50, 200),
        Measure.RANKING,
        follows=("assistant.retrieval.retrieve", "CANDIDATES", 1),
    ),
    *_in_context(
        "retrieval.rank",
        DENSE_WEIGHT_IN_CONTEXT=(0.5, 0.7),
        NAMED_FROM=(0.3, 0.5),
        NAMED_AT=(0.6, 0.8),
        SAYING_WORDS=(3, 5),
    ),
    *_of(Measure.RANKING, "retrieval.retrieve", TRANSLATION_WEIGHT=(1.5, 3.0)),
    *_of(Measure.RANKING, "retrieval.duplicates", NEARLY=(0.85, 0.95), _CLOSE=(0.7, 0.9)),
    *_of(
        Measure.ANSWERS,
        "retrieval.rank",
        LEAST_PASSAGES=(3, 6),
        MOST_PASSAGES=(8, 16),
        WORTH_READING=(0.4, 0.6),
    ),
    *_of(
        Measure.ANSWERS,
        "retrieval.strength",
        MEANING_WEIGHT=(0.55, 0.75),
        ENOUGH=(0.44, 0.52),
        PARTIAL=(0.54, 0.62),
        MISSING_CODE=(0.3, 0.7),
    ),
    *_of(
        Measure.ANSWERS,
        "compose.extractive",
        MOST_SENTENCES=(2, 4),
        PASSAGES_READ=(3, 6),
        NEAR_BEST=(0.85, 0.95),
        MOST_LIST_CHARACTERS=(600, 1200),
        SAME_WORDS=(0.7, 0.9),
        OWN_WEIGHT=(0.25, 0.45),
        PLACED_WEIGHT=(0.3, 0.5),
        BLOCK_WEIGHT=(0.15, 0.35),
        RANK_WEIGHT=(0.15, 0.35),
        FOREIGN_LOSS=(0.05, 0.2),
        SHARED_WORDS_WEIGHT=(0.1, 0.3),
        CODES_WEIGHT=(0.2, 0.4),
        NUMBER_GAIN=(0.06, 0.2),
        NEIGHBOUR_LOSS=(0.05, 0.2),
        QUESTION_LOSS=(0.2, 0.4),
    ),
    *_of(
        Measure.VERDICTS,
        "checking.verdicts",
        COVERED=(0.55, 0.7),
        ALIKE=(0.75, 0.85),
        COVERED_IF_ALIKE=(0.3, 0.5),
        ALIKE_ACROSS=(0.5, 0.62),
        PARTLY_COVERED=(0.2, 0.4),
        PARTLY_ALIKE_ACROSS=(0.4, 0.54),
    ),
    *_of(Measure.VERDICTS, "checking.judge", NEW_CLAUSE=(0.1, 0.3), BETTER=(0.05, 0.2)),
    *_of(
        Measure.VERDICTS,
        "checking.align",
        NEIGHBOUR_GAIN=(0.06, 0.2),
        FIGURES_GAIN=(0.06, 0.2),
        CONTEXT_SHARE=(0.2, 0.5),
        SENTENCES_TOGETHER=(2, 4),
        MISSING_LOSS=(0.08, 0.25),
        FIGURE_GAIN=(0.08, 0.25),
        ASKED_GAIN=(0.05, 0.2),
        LEAST_WEIGHT=(0.15, 0.6),
    ),
)

LIMITS: dict[str, str] = {
    "retrieve.CANDIDATES": "follows DEPTH",
    "retrieve.CHECKED": "rows joined at a time: a matter of time alone",
    "retrieve._LEGS_AT_ONCE": "threads",
    "prompt.HISTORY_TOKENS": "a language model's budget",
    "passage.LONGEST_QUOTE": "what a reader takes in as one quote",
    "align.COMPARED": "bounds the time of long passages",
    "quotable.LEAST_CHARACTERS": "nothing is said in fewer",
    "passages.SHOWN_WORDS": "how much a reader is told of why",
}
"""Numbers that nothing is tuned by, each with what it is instead."""


@contextmanager
def varied(constant: Constant, value: float) -> Iterator[None]:
    """The constant has another value, in every module of this process that has taken it over."""
    changes = [(constant.module, constant.name, value)]
    if constant.follows is not None:
        module, name, more = constant.follows
        changes.append((module, name, value + more))
    kept: list[tuple[ModuleType, str, object]] = []
    for module, name, new in changes:
        old = getattr(import_module(module), name)
        for place, holder in list(sys.modules.items()):
            if place.startswith("assistant.") and vars(holder).get(name) is old:
                kept.append((holder, name, old))
                setattr(holder, name, new)
    try:
        yield
    finally:
        for holder, name, old in kept:
            setattr(holder, name, old)
