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
            console.print(f"{last['source']}: waiting: {waiting}", markup=False, highlight=False)
            waited = waiting
        total, done = last.get("total", 0), last.get("done", 0)
        tenth = 10 * done // total if total else 0
        if last["state"] == "running" and tenth > shown:
            shown = tenth
            failed = last["counts"]["failed"]
            console.print(
                f"{last['source']}: {done} of {total} files, {_rate(last)}, {failed} without text",
                markup=False,
                highlight=False,
            )
    return last


def show_outcome(console: Console, job: Mapping[str, Any]) -> None:
    """What a finished job did, and each file that gave no text with the reason."""
    counts = job["counts"]
    parts = [
        f"{counts[name]} {name}"
        for name in ("added", "changed", "moved", "deleted", "unchanged")
        if counts[name] or name in ("added", "unchanged")
    ]
    line = f"{job['source']}: {job['state']}: {', '.join(parts)}"
    if counts["embedded_chunks"]:
        line += f"; {counts['embedded_chunks']} passages embedded"
    console.print(line, markup=False, highlight=False)
    if job.get("error"):
        console.print(f"  {job['error']}", markup=False, highlight=False)
    failures = job["failures"]
    if failures:
        console.print(f"{len(failures)} without text:", markup=False, highlight=False)
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
    console.print(
        f"{len(plan['added'])} to add, {len(plan['changed'])} changed, {len(plan['moved'])} moved, "
        f"{len(plan['deleted'])} to delete, {plan['unchanged']} unchanged; nothing was done",
        highlight=False,
    )


def show_footnotes(console: Console, answer: Mapping[str, Any]) -> None:
    """The footnotes below an answer: where each quote stands, and the quote."""
    marks = {"partly": "only partly supported", "unsupported": "not supported by the documents"}
    for statement in answer["statements"]:
        if statement["verdict"] in marks:
            console.print(f"! {marks[statement['verdict']]}: {statement['text']}", markup=False)
    for one in answer["citations"]:
        place = " · ".join(part for part in (one["uri"], one["location"]) if part)
        console.print(Text(f"\n[{one['number']}] {one['title']}", style="bold"))
        console.print(Text(f"    {place}", style="dim"), soft_wrap=True)
        console.print(Text(f"    “{one['quote']}”"), soft_wrap=True)
    if answer["nearest"]:
        console.print("\nClosest documents:", highlight=False)
        for near in answer["nearest"]:
            console.print(f"    {near['title']} ({near['uri']})", markup=False, highlight=False)
    if answer["note"]:
        console.print(f"\n{answer['note']}", markup=False, highlight=False)


def show_results(console: Console, results: Iterable[Mapping[str, Any]]) -> None:
    """Search results, best first."""
    for number, one in enumerate(results, 1):
        place = " · ".join(part for part in (one["uri"], one["location"]) if part)
        console.print(Text(f"{number}. {one['title']}", style="bold"), soft_wrap=True)
        console.print(Text(f"   {place}   {one['score']:.3f}", style="dim"), soft_wrap=True)
        console.print(Text(f"   {_one_line(one['text'])[:300]}"), soft_wrap=True)


def show_table(console: Console, columns: list[str], rows: Iterable[Iterable[str]]) -> None:
    """A plain table; tab-separated in a pipe, so that other tools can read it."""
    if not console.is_terminal:
        for row in rows:
            print("\t".join(row), file=console.file)
        return
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
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
                rate=_rate(last),
                failed=f"{failed} without text" if failed else "",
            )
    return last


def time_to_go(seconds: float | None) -> str:
    """Seconds as people say them; empty when not known."""
    if seconds is None:
        return ""
    minutes = round(seconds / 60)
    if minutes < 2:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.0f} h"


def _doing(job: Mapping[str, Any]) -> str:
    """The source, and what its job does or waits for."""
    now = job.get("waiting") or job.get("stage")
    return f"{job['source']}: {now}" if now else str(job["source"])


def _rate(job: Mapping[str, Any]) -> str:
    rate = job.get("rate")
    return f"{rate:.0f} files/s" if rate else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())
