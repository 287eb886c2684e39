"""The draft of an answer: in the language model's words, else in those of the documents."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import structlog

from assistant.analysis.passage import AnalysedPassage
from assistant.analysis.question import AnalysedQuestion
from assistant.compose.extractive import compose_extractive
from assistant.compose.generated import compose_generated
from assistant.compose.phrases import phrase
from assistant.errors import LlmError
from assistant.types import Draft, Llm, Question, TokenEvent
from ingest.models.static import StaticModel

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Composed:
    """A draft; what to tell the asker of how it came to be; the moment of its first word.

    `first_token_at` is None where no word of it has been sent yet.
    """

    draft: Draft
    note: str = ""
    first_token_at: float | None = None


def compose(
    question: Question,
    asked: AnalysedQuestion,
    passages: Sequence[AnalysedPassage],
    llm: Llm | None,
    *,
    model: StaticModel,
    clock: Callable[[], float],
    context_tokens: int,
) -> Generator[TokenEvent, None, Composed]:
    """The draft by `llm`, its words as they come; without it, or if it fails, extracted.

    `asked` is the question as it stands by itself; `model` is the words' own, which extracts are
    chosen with. Closing the generator ends the request to the language model.
    """
    note = ""
    if passages and llm is not None:
        words = compose_generated(
            replace(question, text=asked.text),
            [one.passage for one in passages],
            llm,
            context_tokens=context_tokens,
        )
        try:
            return (yield from _sent(words, clock))
        except LlmError as exc:
            _log.warning("answering without the language model", reason=str(exc))
            note = phrase("llm_down", question.language)
    return Composed(compose_extractive(asked, passages, model), note)


def _sent(
    words: Generator[str, None, Draft], clock: Callable[[], float]
) -> Generator[TokenEvent, None, Composed]:
    first: float | None = None
    with closing(words):
        while True:
            try:
                text = next(words)
            except StopIteration as end:
                return Composed(end.value, first_token_at=first)
            first = first or clock()
            yield TokenEvent(text)
