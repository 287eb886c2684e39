"""The way of a question: rewrite, retrieve, compose, check, record. One readable path."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace

from assistant.access import scope_of
from assistant.analysis.passage import AnalysedPassage
from assistant.analysis.question import AnalysedQuestion
from assistant.checking.proofreading import check
from assistant.compose.draft import Composed, compose
from assistant.compose.extractive import compose_extractive
from assistant.compose.phrases import phrase, reading_phrase
from assistant.conversation import history
from assistant.conversation.record import record
from assistant.conversation.rewrite import is_small_talk, standalone
from assistant.conversation.stopwatch import Stopwatch
from assistant.errors import BadQuestion
from assistant.retrieval.passages import Joiner
from assistant.retrieval.rank import MOST_PASSAGES, how_many
from assistant.retrieval.retrieve import Retriever
from assistant.settings import AssistantSettings
from assistant.types import (
    Answer,
    AnswerEvent,
    Event,
    Filters,
    Llm,
    Mode,
    Nearest,
    Passage,
    PassagesEvent,
    Principal,
    Question,
    Role,
    Status,
    StatusEvent,
    TokenEvent,
    Usage,
)
from ingest.models.static import StaticModel
from ingest.models.translations import Translations
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.database.ids import new_id
from ingest.store.catalogue.jobs.first_reading import FirstReading, first_reading
from ingest.store.index.interface import Searchable

MOST_QUESTION_CHARACTERS = 4000

NEAREST = 3
"""How many documents are named where nothing answers."""

NEIGHBOURS = 1
"""How many chunks on either side of a found one are read with it."""


class Assistant:
    """Answers questions over one index. Thread-safe; one instance serves everybody."""

    def __init__(
        self,
        catalogue: Catalogue,
        current: Callable[[], Searchable],
        static_model: StaticModel,
        translations: Translations,
        llm: Llm | None,
        settings: AssistantSettings,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._catalogue = catalogue
        self._retriever = Retriever(catalogue, current, static_model, translations)
        self._joiner = Joiner(catalogue, static_model)
        self._static = static_model
        self._llm = llm
        self._settings = settings
        self._clock = clock

    def ask(self, question: Question, asker: Principal) -> Answer:
        """The whole answer. Raises what `stream` raises."""
        for event in self.stream(question, asker):
            if isinstance(event, AnswerEvent):
                return event.answer
        raise AssertionError("a stream ends with its answer")

    def stream(self, question: Question, asker: Principal) -> Generator[Event, None, None]:
        """The answer as it comes to be; the last event holds it whole.

        Closing the generator ends what is under way. Its steps may be taken by different threads.

        Raises:
            BadQuestion: the question is empty, too long, or asks for a mode that is not set up.
            NoConversation: the conversation is not the asker's.
        """
        clock = Stopwatch(self._clock)
        self._validate(question)
        question = self._with_history(question, asker)
        if is_small_talk(question.text):
            answer = _small_talk(question, clock)
            record(self._catalogue, answer, asker)
            yield AnswerEvent(answer)
            return
        llm = self._llm if self._generates(question) else None
        yield StatusEvent("retrieving")
        asked = self._retriever.analyse(standalone(question, llm))
        # Before the search: what is read meanwhile may be missed by it.
        reading = self._first_reading(asker, question.filters)
        passages = self._passages(asked, asker, question.filters)
        clock.retrieved()
        yield PassagesEvent(tuple(one.passage for one in passages))
        yield StatusEvent("composing")
        composed = yield from compose(
            question,
            asked,
            passages,
            llm,
            model=self._static,
            clock=self._clock,
            context_tokens=self._settings.llm_context_tokens,
        )
        clock.first_token(composed.first_token_at)
        yield StatusEvent("checking")
        answer = self._answer(question, asker, asked, composed, passages, clock)
        answer = _with_reading(answer, reading, question.language)
        record(self._catalogue, answer, asker)
        if composed.first_token_at is None:
            yield TokenEvent(answer.text)
        yield AnswerEvent(answer)

    def rehearse(self, question: Question, asker: Principal) -> Answer:
        """What `ask` would say in the documents' own words; it is recorded nowhere.

        Raises:
            BadQuestion: the question is empty or too long.
        """
        _check_text(question.text)
        clock = Stopwatch(self._clock)
        asked = self._retriever.analyse(question.text)
        passages = self._passages(asked, asker, question.filters)
        composed = Composed(compose_extractive(asked, passages, self._static))
        return self._answer(question, asker, asked, composed, passages, clock)

    def search(
        self,
        text: str,
        asker: Principal,
        *,
        limit: int = 10,
        filters: Filters | None = None,
    ) -> list[Passage]:
        """The best passages for `text` that the asker may read, best first.

        Raises:
            BadQuestion: the text is empty or too long.
        """
        _check_text(text)
        asked, scope = self._retriever.analyse(text), scope_of(asker, filters)
        found = self._retriever.retrieve(asked, scope, limit)
        return [one.passage for one in self._joiner.passages(asked, found, scope)]

    def close(self) -> None:
        """Ends its threads; the language model is closed by whoever opened it."""
        self._retriever.close()

    def _validate(self, question: Question) -> None:
        _check_text(question.text)
        if question.mode is Mode.GENERATED and self._llm is None:
            raise BadQuestion(
                "no language model is set up, so mode `generated` is not available: set "
                "FOOTNOTE_LLM_BASE_URL and FOOTNOTE_LLM_MODEL, or leave `mode` out"
            )

    def _generates(self, question: Question) -> bool:
        if self._llm is None or question.mode is Mode.EXTRACTIVE:
            return False
        return question.mode is Mode.GENERATED or self._settings.answer_mode != "extractive"

    def _with_history(self, question: Question, asker: Principal) -> Question:
        if question.conversation_id is None:
            return replace(question, conversation_id=new_id("conv"))
        if question.history:
            return question
        known = history.read(self._catalogue, question.conversation_id, asker)
        return replace(question, history=history.turns(known, self._settings.conversation_turns))

    def _passages(
        self, asked: AnalysedQuestion, asker: Principal, filters: Filters
    ) -> list[AnalysedPassage]:
        scope = scope_of(asker, filters)
        findings = self._retriever.retrieve(asked, scope, MOST_PASSAGES)
        worth = how_many([one.score for one in findings.found])
        findings = replace(findings, found=findings.found[:worth])
        return self._joiner.passages(asked, findings, scope, reach=NEIGHBOURS)

    def _answer(
        self,
        question: Question,
        asker: Principal,
        asked: AnalysedQuestion,
        composed: Composed,
        passages: Sequence[AnalysedPassage],
        clock: Stopwatch,
    ) -> Answer:
        """The checked answer."""
        checked = check(composed.draft, passages, asked, model=self._static)
        found = checked.status is not Status.NOT_FOUND
        why = "not_found" if passages or asker.classes else "nothing_indexed"
        return Answer(
            id=new_id("ans"),
            conversation_id=question.conversation_id or new_id("conv"),
            question=question.text,
            standalone_question=asked.text,
            status=checked.status,
            mode=composed.draft.mode,
            text=checked.text if found else phrase(why, question.language),
            statements=checked.statements if found else (),
            citations=checked.citations if found else (),
            timings=clock.timings(),
            usage=composed.draft.usage,
            nearest=() if found else _nearest(passages),
            note=composed.note or composed.draft.note,
        )

    def _first_reading(self, asker: Principal, filters: Filters) -> FirstReading | None:
        with self._catalogue.read() as connection:
            return first_reading(
                connection, asker.groups, admin=asker.role is Role.ADMIN, only=filters.sources
            )


def _check_text(text: str) -> None:
    if not text.strip():
        raise BadQuestion("the question is empty; write what you want to know")
    if len(text) > MOST_QUESTION_CHARACTERS:
        raise BadQuestion(
            f"the question has {len(text)} characters; shorten it to {MOST_QUESTION_CHARACTERS} "
            "at most"
        )


def _with_reading(answer: Answer, reading: FirstReading | None, language: str) -> Answer:
    """The answer, saying how far the first reading is while it goes on."""
    if reading is None:
        return answer
    if answer.status is Status.NOT_FOUND:
        return replace(answer, text=reading_phrase("reading", reading, language))
    more = reading_phrase("may_be_more", reading, language)
    return replace(answer, note=" ".join(filter(None, (answer.note, more))))


def _nearest(passages: Sequence[AnalysedPassage]) -> tuple[Nearest, ...]:
    """The documents that came closest, each once."""
    documents = {
        one.document_id: Nearest(one.document_id, one.title, one.uri, one.source)
        for one in (read.passage.chunk for read in reversed(passages))
    }
    return tuple(reversed(documents.values()))[:NEAREST]


def _small_talk(question: Question, clock: Stopwatch) -> Answer:
    """A friendly word; nothing is searched, nothing is claimed."""
    return Answer(
        id=new_id("ans"),
        conversation_id=question.conversation_id or new_id("conv"),
        question=question.text,
        standalone_question=question.text,
        status=Status.NOT_FOUND,
        mode=Mode.EXTRACTIVE,
        text=phrase("small_talk", question.language),
        statements=(),
        citations=(),
        timings=clock.timings(),
        usage=Usage(),
    )
