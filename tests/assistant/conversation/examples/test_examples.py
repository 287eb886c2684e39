"""Example questions over a real index: rights, changes, and that each is answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from assistant.access import principal
from assistant.ask import Assistant
from assistant.conversation import history
from assistant.conversation.examples.examples import MOST, Examples
from assistant.settings import AssistantSettings
from assistant.types import Answer, Principal, Question, Role, Status
from ingest.library import Library
from ingest.store.catalogue.access.classes import AccessRule
from ingest.store.catalogue.documents.known import known_files
from ingest.store.catalogue.documents.removing import remove_documents
from ingest.store.catalogue.sources import Source
from ingest.text.language import language_of
from tests.folders import OPEN_TO_ALL, add_source, open_library, sync, write_files

FILES = {
    "vpn.md": "# Setting up the VPN\n\nOpen Tunnelgate and sign in to the VPN with your company "
    "account; choose the profile office.\n",
    "faq.md": "# Payroll\n\n## When are the salaries paid?\n\nSalaries are paid on the 25th of "
    "each month, in December on the 19th.\n",
    "hr/pay.md": "# Zebra bands\n\n## What does the chief executive earn?\n\nThe chief executive "
    "earns 310,000 euros a year before tax.\n",
    "zh/报销.md": "# 报销制度\n\n## 发票开错了怎么办？\n\n发票开错了的，应在当月联系商家作废重开。"
    "\n\n## 住宿标准\n\n出差住宿标准为每晚五百元，超出部分由本人承担。\n",
}
RULES = (AccessRule("hr/**", frozenset({"hr"})), *OPEN_TO_ALL)
SALARY = "What does the chief executive earn?"


@dataclass
class Place:
    """A library, an assistant over it, and how often it was asked."""

    library: Library
    assistant: Assistant
    asked: int = 0
    seconds: float = 0.0

    def examples(self) -> Examples:
        """Fresh ones, that keep nothing yet."""
        return Examples(self.library.catalogue, self.rehearse, lambda: self.seconds)

    def rehearse(self, question: Question, asker: Principal) -> Answer:
        """What the assistant says, counted."""
        self.asked += 1
        return self.assistant.rehearse(question, asker)

    def who(self, *groups: str) -> Principal:
        """Somebody in these groups."""
        with self.library.catalogue.read() as connection:
            return principal(connection, "ann", "Ann", Role.EMPLOYEE, groups)

    def shown(self, *groups: str, language: str = "en") -> list[str]:
        """The questions for somebody in these groups."""
        return [one.question for one in self.examples().for_asker(self.who(*groups), [language])]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A small company."""
    with open_library(tmp_path / "home") as library:
        add_source(library, write_files(tmp_path / "files", FILES), access=RULES)
        sync(library)
        assistant = Assistant(
            library.catalogue,
            library.searchable,
            library.static_model,
            library.translations,
            None,
            AssistantSettings(),
        )
        yield Place(library, assistant)


def test_every_example_is_answered_with_a_footnote(place: Place) -> None:
    """In its own language, from what it was made of."""
    for language in ("en", "zh"):
        shown = place.shown("hr", language=language)
        assert shown
        for text in shown:
            assert language_of(text) == language
            answer = place.assistant.ask(Question(text, language), place.who("hr"))
            assert answer.status is Status.ANSWERED
            assert answer.citations


def test_nobody_is_shown_a_question_from_what_they_may_not_read(place: Place) -> None:
    """Not in words, not by a name; whoever may read nothing gets none."""
    assert SALARY in place.shown("hr")
    outside = place.shown("it")
    assert outside
    assert "chief executive" not in repr(outside)
    assert "Zebra" not in repr(outside)
    nobody = Principal("x", "X", frozenset(), Role.EMPLOYEE, frozenset())
    assert place.examples().for_asker(nobody, ["en", "zh"]) == []


def test_languages_come_in_turn_and_no_more_than_four(place: Place) -> None:
    """So that both are seen where both are wanted."""
    found = place.examples().for_asker(place.who("hr"), ["en", "zh"])
    assert [one.language for one in found[:2]] == ["en", "zh"]
    assert len(found) <= MOST


def test_an_unchanged_index_gives_the_same_examples(place: Place) -> None:
    """In the same order, whoever of equal rights asks."""
    assert place.shown("hr") == place.shown("hr")
    assert place.shown("hr", language="zh") == place.shown("hr", language="zh")


def _more(place: Place, folder: Path) -> None:
    """A second source, with enough questions for everybody."""
    words = ["budget", "holiday", "training", "purchase", "travel"]
    files = {
        f"{word}.md": f"# {word.title()} rules\n\n## Who approves the {word}?\n\nThe {word} is "
        f"approved by the head of department {number}, within two days.\n"
        for number, word in enumerate(words)
    }
    add_source(place.library, write_files(folder, files), name="more")
    sync(place.library, "more")


def test_kept_examples_cost_nothing_until_the_index_changes(place: Place, tmp_path: Path) -> None:
    """Then they stand for another minute, so that a sync is not slowed by those who look."""
    _more(place, tmp_path / "more")
    examples, ann = place.examples(), place.who("hr")
    first = examples.for_asker(ann, ["en"])
    assert len(first) == MOST
    asked = place.asked
    place.seconds = 3600.0
    assert examples.for_asker(ann, ["en"]) == first
    assert place.asked == asked
    write_files(tmp_path / "files", {"new.md": "# New\n\nSomething new is here.\n"})
    place.seconds = 59.0
    sync(place.library)
    examples.for_asker(ann, ["en"])
    assert place.asked == asked
    place.seconds = 61.0
    examples.for_asker(ann, ["en"])
    assert place.asked > asked


def test_kept_examples_end_at_once_with_what_they_are_from(place: Place, tmp_path: Path) -> None:
    """When a document is deleted, and when a right is taken back."""
    _more(place, tmp_path / "more")
    examples, ann = place.examples(), place.who("hr")
    assert len(examples.for_asker(ann, ["en"])) == MOST
    with place.library.catalogue.write() as tx:
        known = known_files(tx, "more").values()
        remove_documents(tx, [one.document_id for one in known])
    left = [one.question for one in examples.for_asker(ann, ["en"])]
    assert not any("approves" in one for one in left)
    assert SALARY in left
    place.library.save_source(Source("handbook", str(tmp_path / "files")))
    assert examples.for_asker(place.who("hr"), ["en"]) == []


def test_a_rehearsal_leaves_no_trace(place: Place) -> None:
    """No conversation, no answer of which anybody would wonder who asked."""
    place.shown("hr")
    assert history.conversations(place.library.catalogue, place.who("hr")) == []
