"""A question's and a passage's words are cut, folded and looked up once, whatever reads them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant.ask import Assistant
from assistant.settings import AssistantSettings
from assistant.types import Mode, Principal, Question, Role
from ingest.library import Library
from ingest.text.language import language_of
from tests.assistant.analysis.reading import Read, counted
from tests.folders import add_source, open_library, scope, sync
from tests.repository import ROOT


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The sample company, indexed."""
    with open_library(tmp_path_factory.mktemp("once")) as opened:
        add_source(opened, ROOT / "data" / "company")
        sync(opened)
        yield opened


def asked(library: Library, text: str) -> Read:
    """What is read for one extractive answer."""
    parts = (library.catalogue, library.searchable, library.static_model, library.translations)
    # Its threads begin, and are looked at, only now.
    assistant = Assistant(*parts, None, AssistantSettings())
    who = Principal("p", "P", frozenset(), Role.ADMIN, scope(library, admin=True).classes)
    question = Question(text, language_of(text), mode=Mode.EXTRACTIVE)
    try:
        with counted() as read:
            answer = assistant.ask(question, who)
    finally:
        assistant.close()
    assert answer.citations, answer.text
    return read


QUESTIONS = [
    "How many days of annual leave do employees have?",
    "What does the error ERR-4042 mean?",
    "试用期员工有多少天年假？",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_read_once(library: Library, question: str) -> None:
    """Its words by one reading, its rows for comparing by one, its vector by the embedder."""
    read = asked(library, question)
    own = {name: times for (name, text), times in read.items() if text == question}
    assert own == {"analyse": 1, "tokens": 1, "vector": 1, "language": 1}


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_text_of_a_passage_is_read_twice(library: Library, question: str) -> None:
    """Not by the composer what retrieval has read, nor by the checker what the composer has."""
    read = asked(library, question)
    assert read.again("terms", "rows", "sentences") == []
    assert read.of("rows") > 0
