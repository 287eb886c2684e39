"""Retrieval with a model that reads in context: questions that are titles in other words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from assistant.retrieval import retrieve
from assistant.retrieval.retrieve import Found, Retriever
from ingest.library import Library
from ingest.settings import IngestSettings
from tests.folders import add_source, scope, sync, write_files

FILES = {
    "faq.md": "# How can I get my money back for a broken device?\n\nWrite to the service desk.\n",
    "minutes.md": "# Purchasing\n\nThe refund for a broken machine was late. A broken device gets "
    "no refund without its bill. Refunds for broken devices were discussed again.\n",
} | {f"{i}.md": f"# Room {i}\n\nDevice {i} stands in room {i}.\n" for i in range(40)}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    base = tmp_path_factory.mktemp("contextual")
    settings = IngestSettings(home=base / "home", embedder="builtin-contextual", parse_workers=1)
    with Library(settings) as opened:
        add_source(opened, write_files(base / "docs", FILES))
        sync(opened)
        yield opened


def _found(library: Library, question: str) -> list[Found]:
    searching = (library.catalogue, library.searchable, library.static_model)
    with closing(Retriever(*searching, library.translations)) as retriever:
        asked = retriever.analyse(question)
        return retriever.retrieve(asked, scope(library, admin=True), 50).found


def _lead(found: list[Found]) -> float:
    score = {one.chunk.path: one.score for one in found}
    return score["faq.md"] - score["minutes.md"]


def test_a_title_in_other_words_comes_forward(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against a text that repeats the question's words; a number in the question forbids it."""
    question = "How do I get a refund for a broken device?"
    numbered = "How do I get a refund for the broken device 4711?"
    leaning, exact = _lead(_found(library, question)), _lead(_found(library, numbered))
    monkeypatch.setattr(retrieve, "naming", lambda *_: 0.0)
    assert leaning > _lead(_found(library, question)) + 0.01
    assert exact == pytest.approx(_lead(_found(library, numbered)))


def test_the_best_come_first_beyond_the_second_stage(library: Library) -> None:
    """What the second stage looked at is never behind what it did not."""
    found = _found(library, "How do I get a refund for a broken device?")
    scores = [one.score for one in found]
    assert len(scores) > 20
    assert scores == sorted(scores, reverse=True)
