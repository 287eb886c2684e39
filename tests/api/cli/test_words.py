"""What the command line says, word for word: nothing, one and many of everything."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from api.cli.care import indexed, megabytes, restored
from api.cli.in_numbers import counted, speed, time_to_go
from api.cli.terminal import (
    show_footnotes,
    show_job,
    show_outcome,
    show_plan,
    show_results,
    show_table,
)

NOTHING = {
    "added": 0,
    "changed": 0,
    "moved": 0,
    "deleted": 0,
    "unchanged": 0,
    "failed": 0,
    "embedded_chunks": 0,
}


def _said(show: Callable[..., Any], *what: Any, terminal: bool = False) -> list[str]:
    file = StringIO()
    show(Console(file=file, width=200, force_terminal=terminal, color_system=None), *what)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def _job(state: str = "running", total: int = 0, done: int = 0, **more: Any) -> dict[str, Any]:
    counts = {**NOTHING, **{name: more.pop(name) for name in NOTHING if name in more}}
    known = {"source": "handbook", "kind": "sync", "failures": [], "error": "", "rate": None}
    return {**known, "state": state, "total": total, "done": done, "counts": counts, **more}


@pytest.mark.parametrize(
    ("number", "said"), [(0, "no files"), (1, "1 file"), (2, "2 files"), (71, "71 files")]
)
def test_things_are_counted_in_words(number: int, said: str) -> None:
    """None, one, many."""
    assert counted(number, "file") == said
    assert counted(number, "entry", "entries") == said.replace("files", "entries").replace(
        "file", "entry"
    )


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (None, ""),
        (0.0, ""),
        (0.001, ""),
        (0.02, "1 file/min"),
        (0.5, "30 files/min"),
        (0.97, "1 file/s"),
        (1.2, "1 file/s"),
        (166.4, "166 files/s"),
    ],
)
def test_a_speed_is_never_nothing_a_second(rate: float | None, said: str) -> None:
    """What is slow is told by the minute, what hardly moves not at all."""
    assert speed(rate) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, ""),
        (0.2, "less than 1 s"),
        (1, "1 s"),
        (45.4, "45 s"),
        (89, "89 s"),
        (300, "5 min"),
        (7200, "2 h"),
    ],
)
def test_time_to_go_is_said_as_people_say_it(seconds: float | None, said: str) -> None:
    """Seconds, minutes, hours."""
    assert time_to_go(seconds) == said


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ([_job(stage="planning"), _job("done")], []),
        ([_job(total=1), _job(total=1, done=1)], ["0 of 1 file", "1 of 1 file"]),
        (
            [_job(total=71, done=40, rate=12.3, failed=2)],
            ["40 of 71 files, 12 files/s, 2 without text"],
        ),
        ([_job(total=71, done=40, rate=12.3)], ["40 of 71 files, 12 files/s"]),
        ([_job(total=71, done=40, failed=1)], ["40 of 71 files, 1 without text"]),
    ],
)
def test_a_pipe_is_told_how_far_a_job_is(states: list[dict[str, Any]], said: list[str]) -> None:
    """Only what there is to say, and nothing before the files are counted."""
    assert _said(show_job, iter(states)) == [f"handbook: {line}" for line in said]


def test_a_generation_s_job_has_a_name_too() -> None:
    """It belongs to no source, and it counts documents."""
    job = _job(total=2, done=1, rate=1.0, kind="generation", source="", generation=3)
    assert _said(show_job, iter([job])) == ["generation 3: 1 of 2 documents, 1 document/s"]


@pytest.mark.parametrize(
    ("job", "said"),
    [
        (_job("done"), ["handbook: done: no files"]),
        (_job("done", unchanged=5), ["handbook: done: 5 unchanged"]),
        (
            _job("done", added=1, embedded_chunks=1),
            ["handbook: done: 1 added; 1 passage embedded"],
        ),
        (
            _job("done", added=4, deleted=2, embedded_chunks=9),
            ["handbook: done: 4 added, 2 deleted; 9 passages embedded"],
        ),
        (_job("failed", error="it is gone"), ["handbook: failed", "  it is gone"]),
        (_job("cancelled", added=1), ["handbook: cancelled: 1 added"]),
        (
            _job(
                "done",
                added=1,
                failures=[{"state": "empty", "path": "zh/报销.md", "reason": "the file is empty"}],
            ),
            [
                "handbook: done: 1 added",
                "1 file without text:",
                "  empty        zh/报销.md: the file is empty",
            ],
        ),
    ],
)
def test_an_outcome_tells_what_was_done(job: dict[str, Any], said: list[str]) -> None:
    """Amounts of nothing are left out."""
    assert _said(show_outcome, job) == said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ["no files; nothing was done"]),
        ({"unchanged": 5}, ["5 unchanged; nothing was done"]),
        (
            {"added": ["a.md"], "moved": [["b.md", "c.md"]], "unchanged": 1},
            ["+ a.md", "> b.md -> c.md", "1 to add, 1 moved, 1 unchanged; nothing was done"],
        ),
    ],
)
def test_a_plan_tells_what_would_be_done(changes: dict[str, Any], said: list[str]) -> None:
    """Amounts of nothing are left out."""
    empty = {
        "added": [],
        "changed": [],
        "moved": [],
        "deleted": [],
        "unchanged": 0,
        "unreadable": {},
    }
    assert _said(show_plan, {**empty, **changes}) == said


def test_indexes_and_backups_are_told_of_in_whole_sentences() -> None:
    """For nothing, one and many."""
    assert [indexed(number) for number in (0, 1, 2)] == [
        "there are no passages yet; the new indexes are empty",
        "1 passage is in the new indexes",
        "2 passages are in the new indexes",
    ]
    assert [restored(number, "Monday") for number in (0, 1, 2)] == [
        "the catalogue of Monday is",
        "1 uploaded file and the catalogue of Monday are",
        "2 uploaded files and the catalogue of Monday are",
    ]
    assert [megabytes(size) for size in (0, 99_999, 100_000, 25_000_000)] == [
        "less than 0.1 MB",
        "less than 0.1 MB",
        "0.1 MB",
        "25.0 MB",
    ]


@pytest.mark.parametrize("terminal", [False, True])
def test_a_table_has_a_header_row_even_when_it_is_empty(terminal: bool) -> None:
    """On a terminal and in a pipe."""
    columns = ["name", "state"]
    [header] = _said(show_table, columns, [], terminal=terminal)
    assert header.split() == columns
    header, row = _said(show_table, columns, [["a\tb\nc", "ok"]], terminal=terminal)
    assert header.split() == columns
    assert row.split() == ["a", "b", "c", "ok"]


def test_a_search_without_results_says_so() -> None:
    """Rather than printing nothing at all."""
    assert _said(show_results, []) == ["nothing found"]


def test_paths_are_shown_as_people_write_them() -> None:
    """Below an answer, among the nearest documents and in search results."""
    where = {"uri": "company/zh/%E5%B7%AE%E6%97%85%20A.docx", "location": "住宿"}
    shown = "company/zh/差旅 A.docx"
    cited = {"number": 1, "title": "差旅", "quote": "五百元", **where}
    near = {"title": "差旅", "uri": where["uri"]}
    answer = {"statements": [], "citations": [cited], "nearest": [near], "note": ""}
    lines = _said(show_footnotes, answer)
    assert f"    {shown} · 住宿" in lines
    assert f"    差旅 ({shown})" in lines
    found = {"title": "差旅", "score": 1.0, "text": "五百元", **where}
    assert f"   {shown} · 住宿   1.000" in _said(show_results, [found])
