"""A question that comes while the documents are read for the first time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.access import principal
from assistant.ask import Assistant
from assistant.settings import AssistantSettings
from assistant.types import Filters, Principal, Question, Role, Status
from ingest.library import Library
from ingest.store.catalogue import sources
from ingest.store.catalogue.access.classes import AccessRule
from ingest.store.catalogue.jobs import records
from ingest.store.catalogue.jobs.first_reading import FirstReading, first_reading
from ingest.store.catalogue.jobs.records import JobState
from ingest.store.catalogue.sources import Source
from ingest.text.language import language_of
from tests.folders import OPEN_TO_ALL, add_source, open_library, sync, write_files

LEAVE = "How many days of annual leave do I have?"
MOON = "Who walks on the moon?"
HR_ONLY = (AccessRule("**", frozenset({"hr"})),)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """A library without sources."""
    with open_library(tmp_path / "home") as opened:
        yield opened


def _begin(
    library: Library, name: str, rules: tuple[AccessRule, ...], done: int, total: int
) -> str:
    """A source whose first sync runs and is so far; the id of its job."""
    with library.catalogue.write() as tx:
        sources.save(tx, Source(name, "/nowhere", access=rules))
        job = records.create(tx, name, {})
        records.started(tx, job.id, "worker")
        records.progress(tx, replace(job, total=total, done=done))
    return job.id


def _ask(library: Library, text: str, *groups: str, sources: frozenset[str] | None = None):  # type: ignore[no-untyped-def]  # an Answer
    assistant = Assistant(
        library.catalogue,
        library.searchable,
        library.static_model,
        library.translations,
        None,
        AssistantSettings(),
    )
    question = Question(text, language_of(text), filters=Filters(sources=sources))
    return assistant.ask(question, _who(library, *groups))


def _who(library: Library, *groups: str, role: Role = Role.EMPLOYEE) -> Principal:
    with library.catalogue.read() as connection:
        return principal(connection, "ann", "Ann", role, groups)


@pytest.mark.parametrize(
    ("question", "done", "total", "said"),
    [
        (
            LEAVE,
            40,
            71,
            "No answer yet: the documents are being read for the first time, 40 of 71 files read "
            "so far. Ask again in a while.",
        ),
        (
            LEAVE,
            0,
            1,
            "No answer yet: the documents are being read for the first time, 0 of 1 file read so "
            "far. Ask again in a while.",
        ),
        (
            LEAVE,
            0,
            0,
            "No answer yet: the documents are being read for the first time, and their number is "
            "not known yet. Ask again in a while.",
        ),
        (
            "我有多少天年假？",
            40,
            71,
            "暂时没有答案：文档正在首次读取，共 71 个文件，已读 40 个。请稍后再问。",
        ),
        ("我有多少天年假？", 0, 0, "暂时没有答案：文档正在首次读取，正在统计文件数。请稍后再问。"),
    ],
)
def test_an_empty_answer_says_how_far_the_reading_is(
    library: Library, question: str, done: int, total: int, said: str
) -> None:
    """In numbers, in the asker's language, and without sending anybody to an admin."""
    _begin(library, "handbook", OPEN_TO_ALL, done, total)
    answer = _ask(library, question)
    assert answer.status is Status.NOT_FOUND
    assert answer.text == said


def test_sources_that_are_read_at_the_same_time_are_counted_together(library: Library) -> None:
    """But only those from which the asker may read, and to which they narrowed the question."""
    _begin(library, "handbook", OPEN_TO_ALL, 5, 10)
    _begin(library, "salaries", HR_ONLY, 7, 90)
    assert "5 of 10 files" in _ask(library, LEAVE).text
    assert "12 of 100 files" in _ask(library, LEAVE, "hr").text
    only = frozenset({"salaries"})
    assert "7 of 90 files" in _ask(library, LEAVE, "hr", sources=only).text


def test_who_will_be_able_to_read_nothing_is_sent_to_an_admin(library: Library) -> None:
    """Waiting would not help, and how many files others have is not theirs to know."""
    _begin(library, "salaries", HR_ONLY, 7, 90)
    assert "Ask an admin" in _ask(library, LEAVE, "it").text


@pytest.mark.parametrize(
    "rules",
    [
        (AccessRule("hr/**", frozenset({"hr"})), AccessRule("**", frozenset({"everyone"}))),
        (AccessRule("**", frozenset({"hr"})), AccessRule("pub/**", frozenset({"everyone"}))),
        (AccessRule("pub/**", frozenset({"everyone"})),),
    ],
)
def test_who_may_read_a_part_is_told_a_share_and_no_number(
    library: Library, rules: tuple[AccessRule, ...]
) -> None:
    """How many files are closed to them is not theirs to know."""
    _begin(library, "mixed", rules, 4213, 7100)
    said = _ask(library, LEAVE, "it").text
    assert "some 50% of them read so far" in said
    assert not re.search(r"\d{3}", said)
    with library.catalogue.read() as connection:
        told = first_reading(connection, {"it"}, admin=True)
    assert told == FirstReading(4213, 7100)


def test_an_answer_from_a_part_says_that_there_may_be_more(
    library: Library, tmp_path: Path
) -> None:
    """A second source that is still being read is told of in the note, not in the text."""
    text = "# Leave\n\nEmployees have 25 days of annual leave a year.\n"
    add_source(library, write_files(tmp_path / "files", {"leave.md": text}))
    sync(library)
    _begin(library, "more", OPEN_TO_ALL, 40, 71)
    answer = _ask(library, LEAVE)
    assert "25 days" in answer.text
    assert answer.note == (
        "The documents are still being read for the first time, 40 of 71 files read so far; there "
        "may be more to say."
    )


@pytest.mark.parametrize("how", ["synced", "failed", "paused", "later", "dry run"])
def test_nothing_is_said_when_no_first_reading_runs(library: Library, how: str) -> None:
    """It is over, it failed, it rests, it is not the first, or it was only a plan."""
    with library.catalogue.write() as tx:
        sources.save(tx, Source("handbook", "/nowhere", access=OPEN_TO_ALL))
        job = records.create(tx, "handbook", {"dry_run": how == "dry run"})
        records.started(tx, job.id, "worker")
        if how == "synced":
            sources.synced(tx, "handbook", reconciled=False)
        elif how == "failed":
            records.finished(tx, job.id, JobState.FAILED, "the folder is gone")
        elif how == "paused":
            sources.set_paused(tx, "handbook", True)
        elif how == "later":  # a catalogue of before the times of syncs were noted
            records.finished(tx, job.id, JobState.DONE)
            records.create(tx, "handbook", {})
    assert "first time" not in _ask(library, MOON).text
