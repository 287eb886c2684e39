"""The way of a question, over a real index: answers, refusals, rights, conversations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from assistant.access import principal
from assistant.ask import Assistant
from assistant.conversation import export, history
from assistant.errors import BadQuestion, NoConversation
from assistant.llm.chat import ChatLlm
from assistant.settings import AssistantSettings
from assistant.types import (
    Answer,
    AnswerEvent,
    Filters,
    Mode,
    PassagesEvent,
    Principal,
    Question,
    Role,
    Status,
    StatusEvent,
    TokenEvent,
    Verdict,
)
from ingest.errors import NotFound
from ingest.library import Library
from ingest.store.catalogue.access.classes import AccessRule
from ingest.store.catalogue.documents.known import known_files
from ingest.store.catalogue.documents.removing import remove_documents
from ingest.store.catalogue.readable.documents import version_text
from ingest.text.language import language_of
from tests.assistant.llm_server import LlmServer, Reply
from tests.folders import OPEN_TO_ALL, add_source, open_library, scope, sync, write_files

FILES = {
    "leave.md": "# Leave\n\n## Annual leave\n\nEmployees have 25 days of annual leave a year. "
    "Unused days carry over until 31 March.\n\n## Sick leave\n\nTell your manager before 09:30.\n",
    "vpn.md": "# VPN\n\n## Connecting\n\n1. Open Tunnelgate.\n2. Sign in.\n3. Choose the profile "
    "office.\n\n## Errors\n\n| Code | Meaning |\n|---|---|\n| ERR-4042 | the certificate has "
    "expired |\n| ERR-4051 | too many sessions |\n",
    "hr/pay.md": "# Pay\n\nThe chief executive earns 310,000 euros a year.\n",
    "zh/报销.md": "# 报销制度\n\n出差住宿标准为每晚五百元。报销单须在出差结束后十五日内提交。\n",
}
RULES = (AccessRule("hr/**", frozenset({"hr"})), *OPEN_TO_ALL)


@dataclass
class Place:
    """A library with its folder, and an assistant without a language model."""

    library: Library
    root: Path

    def assistant(self, llm: ChatLlm | None = None, **settings: object) -> Assistant:
        """An assistant over the library."""
        return Assistant(
            self.library.catalogue,
            self.library.searchable,
            self.library.static_model,
            self.library.translations,
            llm,
            AssistantSettings.model_validate(settings),
        )

    def who(self, *groups: str, name: str = "ann") -> Principal:
        """Somebody in these groups."""
        with self.library.catalogue.read() as connection:
            return principal(connection, name, name, Role.EMPLOYEE, groups)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A small company."""
    root = write_files(tmp_path / "files", FILES)
    with open_library(tmp_path / "home") as library:
        add_source(library, root, access=RULES)
        sync(library)
        yield Place(library, root)


def _question(text: str, **more: object) -> Question:
    return replace(Question(text, language_of(text)), **more)  # type: ignore[arg-type]  # fields of Question


def _exact(place: Place, answer: Answer) -> None:
    """Every quote is the canonical text at its offsets, and every mark has its footnote."""
    with place.library.catalogue.read() as connection:
        for one in answer.citations:
            found = version_text(
                connection, one.document_id, one.version, scope(place.library, admin=True)
            )
            assert found.text[one.start : one.end] == one.quote
    numbers = {one.number for one in answer.citations}
    assert {mark for one in answer.statements for mark in one.citations} == numbers


def test_a_question_is_answered_in_the_documents_own_words(place: Place) -> None:
    """The sentence that answers, with a footnote that is exact."""
    answer = place.assistant().ask(
        _question("How many days of annual leave do I have?"), place.who()
    )
    assert answer.status is Status.ANSWERED
    assert answer.mode is Mode.EXTRACTIVE
    assert "25 days" in answer.text
    assert answer.citations[0].headings == ("Leave", "Annual leave")
    assert all(one.verdict is Verdict.SUPPORTED for one in answer.statements)
    _exact(place, answer)


def test_chinese_questions_are_answered_too(place: Place) -> None:
    """In the words of the Chinese document."""
    answer = place.assistant().ask(_question("住宿标准是每晚多少钱？"), place.who())
    assert "五百元" in answer.text
    _exact(place, answer)


def test_a_table_row_comes_with_its_header(place: Place) -> None:
    """So that a reader knows what its cells mean."""
    answer = place.assistant().ask(_question("What does ERR-4051 mean?"), place.who())
    assert "too many sessions" in answer.text
    assert "certificate" not in answer.text
    _exact(place, answer)


def test_a_procedure_is_given_whole(place: Place) -> None:
    """All steps, in order."""
    answer = place.assistant().ask(
        _question("How do I connect to the VPN with Tunnelgate?"), place.who()
    )
    assert "Sign in" in answer.text
    assert "Choose the profile" in answer.text
    _exact(place, answer)


@pytest.mark.parametrize(
    "question",
    ["What does ERR-9999 mean?", "Who won the football match in Madrid?", "月球有多远？"],
)
def test_what_the_documents_do_not_hold_is_not_answered(place: Place, question: str) -> None:
    """Nothing is claimed and nothing is cited."""
    answer = place.assistant().ask(_question(question), place.who())
    assert answer.status is Status.NOT_FOUND
    assert answer.citations == ()
    assert answer.statements == ()


def test_nobody_is_told_what_they_may_not_read(place: Place) -> None:
    """Not by an answer, not by a search, not by the nearest documents."""
    asked = _question("How much does the chief executive earn?")
    outsider = place.assistant().ask(asked, place.who("it"))
    assert "310,000" not in repr(outsider)
    assert "Pay" not in [one.title for one in outsider.nearest]
    assert all(
        one.chunk.path != "hr/pay.md"
        for one in place.assistant().search("chief executive earns", place.who("it"))
    )
    insider = place.assistant().ask(asked, place.who("hr"))
    assert "310,000" in insider.text


def test_a_source_filter_narrows_the_search(place: Place) -> None:
    """A source without the answer gives none."""
    narrowed = Filters(sources=frozenset({"elsewhere"}))
    answer = place.assistant().ask(
        _question("How many days of annual leave do I have?", filters=narrowed), place.who()
    )
    assert answer.status is Status.NOT_FOUND
    assert answer.nearest == ()


def test_events_come_in_their_order_and_end_with_the_answer(place: Place) -> None:
    """Status, passages, words, answer."""
    events = list(place.assistant().stream(_question("annual leave days"), place.who()))
    kinds = [type(one) for one in events]
    assert kinds[:2] == [StatusEvent, PassagesEvent]
    assert kinds[-1] is AnswerEvent
    assert TokenEvent in kinds


def test_a_language_model_answers_from_the_passages(place: Place, llm_server: LlmServer) -> None:
    """Its marks become footnotes, its invented ones vanish, its words are checked."""
    llm_server.reply("You have 25 days of annual leave [1]. Dogs get 40 days [9].")
    llm = ChatLlm(llm_server.base_url, "scripted")
    answer = place.assistant(llm, llm_base_url=llm_server.base_url, llm_model="scripted").ask(
        _question("How many days of annual leave do I have?"), place.who()
    )
    llm.close()
    assert answer.mode is Mode.GENERATED
    assert answer.status is Status.PARTIAL
    assert [one.verdict for one in answer.statements] == [
        Verdict.SUPPORTED,
        Verdict.UNSUPPORTED,
    ]
    assert answer.statements[1].citations == ()
    _exact(place, answer)


def test_without_its_language_model_it_answers_with_quotes(
    place: Place, llm_server: LlmServer
) -> None:
    """A model that is down costs the phrasing, not the answer."""
    llm_server.fail(401)
    llm = ChatLlm(llm_server.base_url, "scripted")
    answer = place.assistant(llm, llm_base_url=llm_server.base_url, llm_model="scripted").ask(
        _question("How many days of annual leave do I have?"), place.who()
    )
    llm.close()
    assert answer.mode is Mode.EXTRACTIVE
    assert "25 days" in answer.text
    assert "could not be reached" in answer.note


WRITTEN = ("You have 25 days ", "of annual leave", " [1].")
LEAVE = "How many days of annual leave do I have?"


@pytest.fixture
def llm(llm_server: LlmServer) -> Iterator[ChatLlm]:
    """The real client of the scripted endpoint."""
    client = ChatLlm(llm_server.base_url, "scripted")
    yield client
    client.close()


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(pieces=WRITTEN, stalls_after=0), ""),
        (Reply(pieces=WRITTEN, stalls_after=2), "You have 25 days of annual leave"),
        (Reply(pieces=WRITTEN, cut_after=1), "You have 25 days"),
        (Reply(keepalives=True), ""),
    ],
    ids=["silent", "stops half way", "cut", "only comments"],
)
def test_a_model_that_does_not_end_costs_its_time_limit_and_no_answer(
    place: Place, llm_server: LlmServer, reply: Reply, words: str
) -> None:
    """Quotes follow whatever had been shown, with a note."""
    llm_server.default = reply
    llm = ChatLlm(llm_server.base_url, "scripted", timeout_s=2)
    llm.warm_up()
    assistant = place.assistant(llm, llm_base_url=llm_server.base_url, llm_model="scripted")
    events = list(assistant.stream(_question(LEAVE), place.who()))
    answer = events[-1].answer  # type: ignore[union-attr]  # the last is the answer
    assert answer.mode is Mode.EXTRACTIVE
    assert "25 days" in answer.text
    assert "could not be reached" in answer.note
    shown = "".join(one.text for one in events if isinstance(one, TokenEvent))
    assert shown == words + answer.text
    assert llm_server.has_connections(0)
    llm.close()


def test_words_of_the_model_come_while_it_writes(
    place: Place, llm: ChatLlm, llm_server: LlmServer
) -> None:
    """Before the answer is checked; extracted ones only afterwards."""
    llm_server.reply(Reply(pieces=WRITTEN))
    assistant = place.assistant(llm, llm_base_url=llm_server.base_url, llm_model="scripted")
    for mode, words_first in ((Mode.GENERATED, True), (Mode.EXTRACTIVE, False)):
        events = list(assistant.stream(_question(LEAVE, mode=mode), place.who()))
        checking = events.index(StatusEvent("checking"))
        words = [at for at, one in enumerate(events) if isinstance(one, TokenEvent)]
        assert words
        assert all((at < checking) is words_first for at in words)
        timings = events[-1].answer.timings  # type: ignore[union-attr]  # the last is the answer
        assert timings.retrieve_ms <= timings.first_token_ms <= timings.total_ms


def test_a_reader_who_leaves_ends_the_request_to_the_model(
    place: Place, llm: ChatLlm, llm_server: LlmServer
) -> None:
    """Nothing goes on behind a closed stream, and nothing is recorded."""
    llm_server.reply(Reply(pieces=WRITTEN, stalls_after=1), "never fetched")
    assistant = place.assistant(llm, llm_base_url=llm_server.base_url, llm_model="scripted")
    events = assistant.stream(_question(LEAVE), place.who())
    next(one for one in events if isinstance(one, TokenEvent))
    assert llm_server.has_connections(1)
    events.close()
    assert llm_server.has_connections(0)
    assert llm_server.waiting == 1
    assert history.conversations(place.library.catalogue, place.who()) == []


def test_a_follow_up_is_understood(place: Place) -> None:
    """The second question leans on the first."""
    assistant, ann = place.assistant(), place.who()
    first = assistant.ask(_question("How many days of annual leave do I have?"), ann)
    second = assistant.ask(
        _question("And until when do they carry over?", conversation_id=first.conversation_id), ann
    )
    assert second.conversation_id == first.conversation_id
    assert "31 March" in second.text
    kept = history.read(place.library.catalogue, first.conversation_id, ann)
    assert [one.id for one in kept.turns] == [first.id, second.id]


def test_somebody_elses_conversation_does_not_exist(place: Place) -> None:
    """Not to read, not to go on with, not to delete."""
    assistant = place.assistant()
    first = assistant.ask(_question("annual leave days"), place.who(name="ann"))
    bob = place.who(name="bob")
    with pytest.raises(NoConversation):
        assistant.ask(_question("and?", conversation_id=first.conversation_id), bob)
    with pytest.raises(NoConversation):
        history.read(place.library.catalogue, first.conversation_id, bob)
    with pytest.raises(NoConversation):
        history.delete(place.library.catalogue, first.conversation_id, bob)
    with pytest.raises(NotFound):
        history.give_feedback(place.library.catalogue, first.id, bob, "up")


def test_a_deleted_document_is_gone_from_old_answers_too(place: Place) -> None:
    """The conversation stays, the words of the document do not, in any form of export."""
    assistant, ann = place.assistant(), place.who()
    answer = assistant.ask(_question("How many days of annual leave do I have?"), ann)
    with place.library.catalogue.write() as tx:
        known = known_files(tx, "handbook")["leave.md"]
        remove_documents(tx, [known.document_id])
    kept = history.read(place.library.catalogue, answer.conversation_id, ann)
    assert "25 days" not in repr(kept)
    for form in export.FORMATS:
        assert "25 days" not in export.export(kept, form)[1]
    again = assistant.ask(_question("How many days of annual leave do I have?"), ann)
    assert "25 days" not in repr(again)


def test_a_right_that_was_taken_back_closes_old_answers(place: Place) -> None:
    """Leaving the group hides what was told to its member."""
    assistant = place.assistant()
    answer = assistant.ask(_question("How much does the chief executive earn?"), place.who("hr"))
    assert "310,000" in answer.text
    before = history.read(place.library.catalogue, answer.conversation_id, place.who("hr"))
    assert "310,000" in repr(before)
    after = history.read(place.library.catalogue, answer.conversation_id, place.who())
    assert "310,000" not in repr(after)


def test_thanks_are_not_searched_for(place: Place) -> None:
    """A friendly word back, and no claim."""
    answer = place.assistant().ask(_question("谢谢"), place.who())
    assert answer.citations == ()
    assert "不客气" in answer.text


@pytest.mark.parametrize("text", ["", "   \n", "x" * 4001])
def test_unusable_questions_are_refused_with_a_reason(place: Place, text: str) -> None:
    """Empty or endless ones."""
    with pytest.raises(BadQuestion):
        place.assistant().ask(_question(text), place.who())


def test_mode_generated_without_a_model_says_what_to_set(place: Place) -> None:
    """The message names the settings."""
    with pytest.raises(BadQuestion, match="FOOTNOTE_LLM_BASE_URL"):
        place.assistant().ask(_question("leave", mode=Mode.GENERATED), place.who())
