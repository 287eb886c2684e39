"""A question's and a passage's words are cut, folded and looked up once, whatever reads them."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

import pytest

from assistant.ask import Assistant
from assistant.settings import AssistantSettings
from assistant.types import Mode, Principal, Question, Role
from ingest.library import Library
from ingest.models.static import StaticModel
from ingest.text import words
from ingest.text.language import language_of
from ingest.text.sentences import split_sentences
from tests.folders import add_source, open_library, scope, sync
from tests.repository import ROOT

READERS: dict[str, Callable[..., Any]] = {
    "terms": words.terms,
    "analyse": words.analyse,
    "sentences": split_sentences,
    "rows": StaticModel.compared_words,
    "tokens": StaticModel.tokens,
    "vector": StaticModel.encode,
    "language": language_of,
}
"""Whatever reads a text letter by letter on the way of a question."""

TEXT_OF = {"rows": "passage", "vector": "texts"}


class Read(Counter[tuple[str, str]]):
    """How often each reader was given each text."""

    def of(self, reader: str) -> int:
        """All calls of one reader."""
        return sum(times for (name, _), times in self.items() if name == reader)

    def characters(self, *readers: str) -> int:
        """How many characters these readers have gone through."""
        return sum(len(text) * n for (name, text), n in self.items() if name in readers)

    def again(self, *readers: str) -> list[tuple[str, str, int]]:
        """What a reader was given more than once."""
        return [(*key, n) for key, n in self.items() if n > 1 and key[0] in readers]


@contextmanager
def counted() -> Iterator[Read]:
    """What is read while the block runs, in this thread and in those that begin meanwhile."""
    names: dict[CodeType, str] = {one.__code__: name for name, one in READERS.items()}
    read = Read()

    def look(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and (name := names.get(frame.f_code)):
            given = frame.f_locals[TEXT_OF.get(name, "text")]
            read.update([(name, given)] if isinstance(given, str) else [(name, t) for t in given])

    threading.setprofile(look)
    sys.setprofile(look)
    try:
        yield read
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]  # None is what ends it


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
