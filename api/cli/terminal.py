"""What the command line shows: progress bars on a terminal, plain lines in a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from api.cli.in_numbers import counted, job_name, job_unit, speed
from assistant.conversation.shown_path import shown_path

_SHOWN_FAILURES = 200
_PLAN_LINES = 50


def show_job(console: Console, states: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Follows a job to its end and returns its last state.

    On a terminal a bar with rate, time to go and failures; elsewhere one line whenever a tenth
    more is done.
    """
    if console.is_terminal:
        return _bar(console, states)
    last: Mapping[str, Any] = {}
    shown, waited = -1, ""
    for last in states:
        waiting = last.get("waiting", "")
        if last["state"] == "queued" and waiting != waited:
            _line(console, f"{job_name(last)}: waiting: {waiting}")
            waited = waiting
        total, done = last.get("total", 0), last.get("done", 0)
        tenth = 10 * done // total if total else -1
        if last["state"] == "running" and tenth > shown:
            shown = tenth
            _line(console, f"{job_name(last)}: {how_far(last)}")
    return last


def how_far(job: Mapping[str, Any]) -> str:
    """How far a job whose files are counted is: done, rate, failures, as far as there are any."""
    failed = job["counts"]["failed"]
    parts = (
        f"{job['done']} of {counted(job['total'], job_unit(job))}",
        speed(job.get("rate"), job_unit(job)),
        f"{failed} without text" if failed else "",
    )
    return ", ".join(part for part in parts if part)


def show_outcome(console: Console, job: Mapping[str, Any]) -> None:
    """What a finished job did, and each file that gave no text with the reason."""
    counts = job["counts"]
    names = ("added", "changed", "moved", "deleted", "unchanged")
    did = _amounts({name: counts[name] for name in names})
    if not did and job["state"] == "done":
        did = "no files" if job_unit(job) == "file" else ""
    line = ": ".join(part for part in (job_name(job), job["state"], did) if part)
    if counts["embedded_chunks"]:
        line += f"; {counted(counts['embedded_chunks'], 'passage')} embedded"
    _line(console, line)
    if job.get("error"):
        _line(console, f"  {job['error']}")
    failures = job["failures"]
    if failures:
        _line(console, f"{counted(len(failures), 'file')} without text:")
    for failure in failures[:_SHOWN_FAILURES]:
        console.print(
            f"  {failure['state']:<12} {_one_line(failure['path'])}: {failure['reason']}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    if len(failures) > _SHOWN_FAILURES:
        console.print(f"  … and {len(failures) - _SHOWN_FAILURES} more", highlight=False)


def show_plan(console: Console, plan: Mapping[str, Any]) -> None:
    """What a sync would do."""
    for kind, sign in (("added", "+"), ("changed", "~"), ("deleted", "-")):
        for path in plan[kind][:_PLAN_LINES]:
            console.print(f"{sign} {_one_line(path)}", markup=False, highlight=False)
        if len(plan[kind]) > _PLAN_LINES:
            console.print(f"{sign} … {len(plan[kind]) - _PLAN_LINES} more", highlight=False)
    for before, after in plan["moved"][:_PLAN_LINES]:
        console.print(f"> {_one_line(before)} -> {_one_line(after)}", markup=False, highlight=False)
    for path, reason in plan["unreadable"].items():
        console.print(f"! {_one_line(path)}: {reason}", markup=False, highlight=False)
    planned = _amounts(
        {
            "to add": len(plan["added"]),
            "changed": len(plan["changed"]),
            "moved": len(plan["moved"]),
            "to delete": len(plan["deleted"]),
            "unchanged": plan["unchanged"],
        }
    )
    _line(console, f"{planned or 'no files'}; nothing was done")


def show_footnotes(console: Console, answer: Mapping[str, Any]) -> None:
    """The footnotes below an answer: where each quote stands, and the quote."""
    marks = {"partly": "only partly supported", "unsupported": "not supported by the documents"}
    for statement in answer["statements"]:
        if statement["verdict"] in marks:
            console.print(f"! {marks[statement['verdict']]}: {statement['text']}", markup=False)
    for one in answer["citations"]:
        place = _place(one)
        console.print(Text(f"\n[{one['number']}] {one['title']}", style="bold"))
        console.print(Text(f"    {place}", style="dim"), soft_wrap=True)
        console.print(Text(f"    “{one['quote']}”"), soft_wrap=True)
    if answer["nearest"]:
        console.print("\nClosest documents:", highlight=False)
        for near in answer["nearest"]:
            console.print(
                f"    {near['title']} ({shown_path(near['uri'])})", markup=False, highlight=False
            )
    if answer["note"]:
        console.print(f"\n{answer['note']}", markup=False, highlight=False)


def show_results(console: Console, results: Iterable[Mapping[str, Any]]) -> None:
    """Search results, best first."""
    results = list(results)
    if not results:
        _line(console, "nothing found")
    for number, one in enumerate(results, 1):
        place = _place(one)
        console.print(Text(f"{number}. {one['title']}", style="bold"), soft_wrap=True)
        console.print(Text(f"   {place}   {one['score']:.3f}", style="dim"), soft_wrap=True)
        console.print(Text(f"   {_one_line(one['text'])[:300]}"), soft_wrap=True)


def show_table(console: Console, columns: list[str], rows: Iterable[Iterable[str]]) -> None:
    """A plain table under a header row; tab-separated in a pipe, so that other tools can read it.

    A cell is one line without tabs, whatever is in it.
    """
    if not console.is_terminal:
        for row in (columns, *rows):
            print("\t".join(map(_one_line, row)), file=console.file)
        return
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(_one_line(cell)) for cell in row))
    console.print(table)


def _bar(console: Console, states: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    last: Mapping[str, Any] = {}
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[failed]}"),
        console=console,
        transient=True,
    ) as progress:
        task = progress.add_task("waiting", total=None, rate="", failed="")
        for last in states:
            failed = last["counts"]["failed"]
            progress.update(
                task,
                description=_doing(last),
                total=last["total"] or None,
                completed=last["done"],
                rate=speed(last.get("rate"), job_unit(last)),
                failed=f"{failed} without text" if failed else "",
            )
    return last


def _doing(job: Mapping[str, Any]) -> str:
    """The source, and what its job does or waits for."""
    now = job.get("waiting") or job.get("stage")
    return f"{job_name(job)}: {now}" if now else job_name(job)


def _amounts(of_each: Mapping[str, int]) -> str:
    """For instance "3 added, 5 unchanged"; "" if there is nothing at all."""
    return ", ".join(f"{number} {what}" for what, number in of_each.items() if number)


def _place(cited: Mapping[str, Any]) -> str:
    """Where a passage stands: the document's path as people write it, and the place in it."""
    return " · ".join(part for part in (shown_path(cited["uri"]), cited["location"]) if part)


def _line(console: Console, text: str) -> None:
    """One line as it is: nothing in it is markup or worth a colour."""
    console.print(text, markup=False, highlight=False)


def _one_line(text: str) -> str:
    return " ".join(text.split())
