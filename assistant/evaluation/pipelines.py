"""What is measured: ways from a question to passages, ours and others."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from assistant.access import principal
from assistant.ask import Assistant
from assistant.evaluation.langchain_baseline import LangChainBaseline
from assistant.evaluation.sets import EvalQuery, EvalSet
from assistant.retrieval.retrieve import CANDIDATES, Retriever, lexical_query
from assistant.settings import AssistantSettings
from assistant.types import Answer, Passage, Principal, Question, Role, Status
from ingest.library import Library
from ingest.store.catalogue.access.classes import readable_classes
from ingest.store.catalogue.readable.chunks import live_chunks
from ingest.store.index.interface import LexicalQuery
from ingest.types import LiveChunk, Scope

OTHERS = ("answer in first passage", "page in top 5", "refusal right")
"""Figures beside the ranking."""

PASSAGES = 50
"""How many passages are looked at for a question."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage as it counts here: its document's id, its text, its first and last page."""

    name: str
    text: str
    page_start: int | None
    page_end: int | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a pipeline found for a question, best first, and in what time."""

    passages: Sequence[Shown]
    milliseconds: float
    figures: Mapping[str, float] = field(default_factory=dict)


class Ours:
    """Asks questions of one library, each with the rights of its asker."""

    def __init__(
        self, library: Library, settings: AssistantSettings, chosen: EvalSet, *, answers: bool
    ) -> None:
        parts = (
            library.catalogue,
            library.searchable,
            library.static_model,
            library.translations,
        )
        self._library = library
        self._retriever = Retriever(*parts)
        self._assistant = Assistant(*parts, None, settings)
        self._prefixes = {source_name(n): one.prefix for n, one in enumerate(chosen.folders)}
        self._answers = answers

    def close(self) -> None:
        """Ends the threads that questions were answered with."""
        self._assistant.close()
        self._retriever.close()

    def ask(self, query: EvalQuery) -> Asked:
        """By the whole pipeline."""
        scope = self._scope(query)
        began = time.perf_counter()
        question = self._retriever.analyse(query.text)
        found = self._retriever.retrieve(question, scope, PASSAGES).found
        spent = 1000 * (time.perf_counter() - began)
        figures = {}
        if self._answers:
            refused = self.answer(query).status is Status.NOT_FOUND
            figures[OTHERS[2]] = float(refused != query.answerable)
        return Asked(self._shown(one.chunk for one in found), spent, figures)

    def ask_words_only(self, query: EvalQuery) -> Asked:
        """By BM25 over the question's own words."""
        scope = self._scope(query)
        began = time.perf_counter()
        native = LexicalQuery(lexical_query(self._retriever.analyse(query.text)).native, {})
        hits = self._library.index.lexical(native, scope, CANDIDATES)[:PASSAGES]
        with self._library.catalogue.read() as connection:
            live = live_chunks(connection, [hit.chunk_id for hit in hits], scope)
        spent = 1000 * (time.perf_counter() - began)
        return Asked(self._shown(live[hit.chunk_id] for hit in hits if hit.chunk_id in live), spent)

    def _scope(self, query: EvalQuery) -> Scope:
        with self._library.catalogue.read() as connection:
            return Scope(readable_classes(connection, query.groups))

    def _shown(self, chunks: Iterable[LiveChunk]) -> list[Shown]:
        return [
            Shown(
                self._prefixes.get(one.source, "") + one.path,
                one.text,
                one.page_start,
                one.page_end,
            )
            for one in chunks
        ]

    def answer(self, query: EvalQuery) -> Answer:
        """What is answered."""
        return self._assistant.ask(Question(query.text, query.language), self._asker(query))

    def passages(self, query: EvalQuery, limit: int) -> list[Passage]:
        """The best passages, as a composer reads them."""
        return self._assistant.search(query.text, self._asker(query), limit=limit)

    def _asker(self, query: EvalQuery) -> Principal:
        with self._library.catalogue.read() as connection:
            return principal(connection, "eval", "eval", Role.EMPLOYEE, query.groups)


def ask_baseline(baseline: LangChainBaseline, query: EvalQuery) -> Asked:
    """By the pipeline of LangChain's tutorials."""
    began = time.perf_counter()
    found = baseline.search(query.text, PASSAGES)
    spent = 1000 * (time.perf_counter() - began)
    return Asked([Shown(one.name, one.text, one.page, one.page) for one in found], spent)


def source_name(number: int) -> str:
    """What the folder of a set is called as a source."""
    return f"eval-{number}"
