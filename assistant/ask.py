"""The way of a question: rewrite, retrieve, compose, check, record. One readable path."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from queue import SimpleQueue

import structlog

from assistant.access import scope_of
from assistant.checking.verdicts import check
from assistant.compose.extractive import compose_extractive
from assistant.compose.generated import compose_generated
from assistant.compose.phrases import phrase
from assistant.conversation import history
from assistant.conversation.answer_json import answer_to_json
from assistant.conversation.rewrite import is_small_talk, standalone
from assistant.errors import BadQuestion, LlmError
from assistant.retrieval.passages import Joiner
from assistant.retrieval.rank import MOST_PASSAGES, how_many
from assistant.retrieval.retrieve import Retriever
from assistant.settings import AssistantSettings
from assistant.types import (
    Answer,
    AnswerEvent,
    Draft,
    Event,
    Filters,
    Llm,
    Mode,
    Nearest,
    Passage,
    PassagesEvent,
    Principal,
    Question,
    Status,
    StatusEvent,
    Timings,
    TokenEvent,
    Usage,
)
from ingest.models.static import StaticModel
from ingest.models.translations import Translations
from ingest.store.catalogue import conversations as rows
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.database.ids import new_id
from ingest.store.index.interface import Searchable

MOST_QUESTION_CHARACTERS = 4000
NEAREST = 3

_log = structlog.get_logger(__name__)


class _ReaderGone(Exception):
    """Ends a composer whose reader went away; no error, and nobody sees it."""


@dataclass(frozen=True, slots=True)
class _Composed:
    draft: Draft
    note: str
    first_token_at: float | None


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
        self._joiner = Joiner(catalogue)
        self._compare = static_model.maxsim
        self._llm = llm
        self._settings = settings
        self._clock = clock

    def close(self) -> None:
        """Ends its threads; the language model is closed by whoever opened it."""
        self._retriever.close()

    def ask(self, question: Question, asker: Principal) -> Answer:
        """The whole answer. Raises what `stream` raises."""
        for event in self.stream(question, asker):
            if isinstance(event, AnswerEvent):
                return event.answer
        raise AssertionError("a stream ends with its answer")

    def stream(self, question: Question, asker: Principal) -> Iterator[Event]:
        """The answer as it comes to be; the last event holds it whole.

        Raises:
            BadQuestion: the question is empty, too long, or asks for a mode that is not set up.
            NoConversation: the conversation is not the asker's.
        """
        clock = _Stopwatch(self._clock)
        self._validate(question)
        question = self._with_history(question, asker)
        if is_small_talk(question.text):
            yield AnswerEvent(self._small_talk(question, asker, clock))
            return
        yield StatusEvent("retrieving")
        asked = standalone(question, self._llm if self._generates(question) else None)
        passages = self._passages(asked, asker, question.filters)
        clock.retrieved()
        yield PassagesEvent(tuple(passages))
        yield StatusEvent("composing")
        composed = yield from self._compose(question, asked, passages)
        clock.first_token(composed.first_token_at)
        yield StatusEvent("checking")
        answer = self._answer(question, asker, asked, composed, passages, clock)
        if composed.first_token_at is None:
            yield TokenEvent(answer.text)
        yield AnswerEvent(answer)

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
        found = self._retriever.retrieve(text, scope_of(asker, filters), limit)
        return self._joiner.passages(self._retriever.asked(text), found)

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

    def _passages(self, asked: str, asker: Principal, filters: Filters) -> list[Passage]:
        found = self._retriever.retrieve(asked, scope_of(asker, filters), MOST_PASSAGES)
        found = found[: how_many([one.score for one in found])]
        return self._joiner.passages(self._retriever.asked(asked), found, neighbours=1)

    def _compose(
        self, question: Question, asked: str, passages: Sequence[Passage]
    ) -> Generator[Event, None, _Composed]:
        """The draft, by the language model if one is to answer, else (or if it fails) extracted."""
        note = ""
        if passages and self._generates(question):
            try:
                return (yield from self._generated(replace(question, text=asked), passages))
            except LlmError as exc:
                _log.warning("answering without the language model", reason=str(exc))
                note = phrase("llm_down", question.language)
        return _Composed(compose_extractive(asked, passages, self._compare), note, None)

    def _generated(
        self, question: Question, passages: Sequence[Passage]
    ) -> Generator[Event, None, _Composed]:
        """Runs the composer beside this generator, so that its words can be sent as they come."""
        assert self._llm is not None
        llm, words = self._llm, SimpleQueue[str | None]()
        gone = threading.Event()
        outcome: list[Draft | BaseException] = []

        def on_token(text: str) -> None:
            if gone.is_set():
                raise _ReaderGone
            words.put(text)

        def compose() -> None:
            try:
                outcome.append(
                    compose_generated(
                        question,
                        passages,
                        llm,
                        on_token,
                        context_tokens=self._settings.llm_context_tokens,
                    )
                )
            except BaseException as exc:  # handed to the reader below
                outcome.append(exc)
            finally:
                words.put(None)

        thread = threading.Thread(target=compose, name="compose", daemon=True)
        thread.start()
        first: float | None = None
        try:
            while (text := words.get()) is not None:
                first = first or self._clock()
                yield TokenEvent(text)
        finally:
            gone.set()
        thread.join()
        done = outcome[0]
        if isinstance(done, BaseException):
            raise done
        return _Composed(done, "", first)

    def _answer(
        self,
        question: Question,
        asker: Principal,
        asked: str,
        composed: _Composed,
        passages: Sequence[Passage],
        clock: _Stopwatch,
    ) -> Answer:
        """The checked answer, recorded in the asker's conversation."""
        checked = check(composed.draft, passages, question, similarity=self._compare)
        found = checked.status is not Status.NOT_FOUND
        why = "not_found" if passages or asker.classes else "nothing_indexed"
        answer = Answer(
            id=new_id("ans"),
            conversation_id=question.conversation_id or new_id("conv"),
            question=question.text,
            standalone_question=asked,
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
        return self._recorded(answer, asker)

    def _small_talk(self, question: Question, asker: Principal, clock: _Stopwatch) -> Answer:
        """A friendly word; nothing is searched, nothing is claimed."""
        answer = Answer(
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
        return self._recorded(answer, asker)

    def _recorded(self, answer: Answer, asker: Principal) -> Answer:
        documents = {one.document_id for one in answer.citations}
        documents.update(one.document_id for one in answer.nearest)
        with self._catalogue.write() as tx:
            rows.open_conversation(tx, answer.conversation_id, asker.id, _title(answer.question))
            rows.record_answer(
                tx,
                answer_id=answer.id,
                conversation_id=answer.conversation_id,
                principal=asker.id,
                status=answer.status.value,
                mode=answer.mode.value,
                body=answer_to_json(answer),
                documents=documents,
            )
        return answer


class _Stopwatch:
    """Times of one question, in milliseconds since it began."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = clock()
        self._retrieved: float | None = None
        self._first_token: float | None = None

    def retrieved(self) -> None:
        """Retrieval is over."""
        self._retrieved = self._clock()

    def first_token(self, at: float | None = None) -> None:
        """The first word was there `at` (None: now)."""
        self._first_token = self._first_token or at or self._clock()

    def timings(self) -> Timings:
        """Everything so far."""
        return Timings(
            retrieve_ms=self._ms(self._retrieved) or 0.0,
            first_token_ms=self._ms(self._first_token),
            total_ms=self._ms(self._clock()) or 0.0,
        )

    def _ms(self, moment: float | None) -> float | None:
        return None if moment is None else round(1000 * (moment - self._began), 2)


def _check_text(text: str) -> None:
    if not text.strip():
        raise BadQuestion("the question is empty; write what you want to know")
    if len(text) > MOST_QUESTION_CHARACTERS:
        raise BadQuestion(
            f"the question has {len(text)} characters; shorten it to {MOST_QUESTION_CHARACTERS} "
            "at most"
        )


def _nearest(passages: Sequence[Passage]) -> tuple[Nearest, ...]:
    """The documents that came closest, each once."""
    documents = {
        one.document_id: Nearest(one.document_id, one.title, one.uri, one.source)
        for one in reversed(passages)
    }
    return tuple(reversed(documents.values()))[:NEAREST]


def _title(question: str) -> str:
    line = " ".join(question.split())
    return line if len(line) <= 80 else line[:79] + "…"
