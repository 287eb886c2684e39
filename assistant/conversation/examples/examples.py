"""Example questions: each is asked before it is shown, so that each is answered."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

from assistant.access import scope_of
from assistant.conversation.examples import chinese, english
from assistant.types import Answer, Citation, Principal, Question, Status
from ingest.store.catalogue.database.counter import upcoming
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.readable.headed import Headed, headed_chunks, still_readable
from ingest.text.language import language_of

MOST = 4
LANGUAGES = ("en", "zh")
_FROM_HEADING = {"en": english.heading_question, "zh": chinese.heading_question}
_FROM_TITLE = {"en": english.title_question, "zh": chinese.title_question}

_DOCUMENTS, _CHUNKS = 60, 8
_TRIES = 12
"""Questions that are asked to find `MOST`; a question takes some 20 ms."""

_KEPT = 256
"""Askers with different rights, in a language each, whose questions are kept."""

_STANDS_S = 60.0
"""Kept questions stand so long though the index moves on: during a first sync it always does."""

_TELLS = {"en": 30, "zh": 12}
"""Characters of a quote that says something."""

Rehearse = Callable[[Question, Principal], Answer]


@dataclass(frozen=True, slots=True)
class Example:
    """A question that the documents answer, and its language ("en" or "zh")."""

    question: str
    language: str


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A question and where its answer is expected; lower ranks read more like a person's."""

    rank: int
    question: str
    document_id: str
    version: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Questions, the versions they come from, and what the index was then."""

    index: int
    at: float
    questions: tuple[str, ...]
    versions: tuple[tuple[str, int], ...]

    def stands(self, index: int) -> bool:
        """Whether nothing has been indexed since; fewer than `MOST` may become more otherwise."""
        return self.index == index and len(self.questions) == MOST


class Examples:
    """Finds example questions, and keeps them until the index changes. Thread-safe.

    What is kept is shown only while every document that it is from is live and readable as it was.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        rehearse: Rehearse,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`rehearse` answers a question without recording it; `clock` counts seconds."""
        self._catalogue = catalogue
        self._rehearse = rehearse
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[tuple[frozenset[int], str], _Chosen] = {}

    def for_asker(self, asker: Principal, languages: Sequence[str]) -> list[Example]:
        """At most `MOST` questions, of all the languages in turn, from what the asker may read."""
        of_each = [
            [Example(one, language) for one in self._in_language(asker, language)]
            for language in languages
        ]
        in_turn = [one for turn in range(MOST) for some in of_each for one in some[turn : turn + 1]]
        return in_turn[:MOST]

    def _in_language(self, asker: Principal, language: str) -> tuple[str, ...]:
        scope, key = scope_of(asker), (asker.classes, language)
        with self._lock:
            kept = self._kept.get(key)
        with self._catalogue.read() as connection:
            # Before the headings: what is indexed meanwhile makes the choice an old one.
            index = upcoming(connection, "chunk")
            if (
                kept is not None
                and (kept.stands(index) or self._clock() - kept.at < _STANDS_S)
                and still_readable(connection, kept.versions, scope)
            ):
                return kept.questions
            found = headed_chunks(connection, scope, language, documents=_DOCUMENTS, chunks=_CHUNKS)
        tried = islice(_candidates(found, language), _TRIES)
        answered = list(islice((one for one in tried if self._is_answered(one, asker)), MOST))
        chosen = _Chosen(
            index,
            self._clock(),
            tuple(one.question for one in answered),
            tuple((one.document_id, one.version) for one in answered),
        )
        with self._lock:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[key] = chosen
        return chosen.questions

    def _is_answered(self, one: _Candidate, asker: Principal) -> bool:
        """Whether the answer begins with words of the part that the question is from."""
        answer = self._rehearse(Question(one.question, language_of(one.question)), asker)
        if answer.status is not Status.ANSWERED or not answer.citations:
            return False
        first = answer.citations[0]
        placed = (first.document_id, first.version) == (one.document_id, one.version)
        return placed and one.start < first.end <= one.end and _tells(first)


def _candidates(found: Sequence[Headed], language: str) -> Iterator[_Candidate]:
    """Questions without repeats, natural ones first; a document's second comes a rank later."""
    in_turn = [
        (one.rank + turn, turn, one)
        for _, mine in groupby(found, key=lambda chunk: chunk.document_id)
        for turn, one in enumerate(
            sorted(_questions(list(mine), language), key=lambda one: one.rank)
        )
    ]
    seen: set[str] = set()
    for _, _, one in sorted(in_turn, key=lambda placed: placed[:2]):
        if one.question not in seen:
            seen.add(one.question)
            yield one


def _questions(chunks: Sequence[Headed], language: str) -> Iterator[_Candidate]:
    """Those that the title of a document and its headings make."""
    title, where = chunks[0].title, (chunks[0].document_id, chunks[0].version)
    text = "\n".join(one.text for one in chunks)
    for chunk in chunks:
        for heading in chunk.headings:
            if made := _FROM_HEADING[language](title, heading, text):
                yield _Candidate(*made, *where, chunk.start, chunk.end)
    if made := _FROM_TITLE[language](title, text):
        yield _Candidate(*made, *where, 0, sys.maxsize)


def _tells(first: Citation) -> bool:
    """Whether a quote says something: more than its document's title, or what a list is of."""
    quote = first.quote.strip()
    return (
        len(quote) >= _TELLS.get(language_of(quote), _TELLS["en"])
        and not quote.endswith((":", "：", "?", "？"))
        and first.title.casefold() not in quote.casefold()
    )
