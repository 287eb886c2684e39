"""`footnote eval`: how good retrieval and refusals are on questions with known answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def evaluate(
    paths: Annotated[
        list[Path], typer.Argument(help="A set's folder, or golden.jsonl; several pool.")
    ],
    qrels: Annotated[Path | None, typer.Option(help="Another relevance file.")] = None,
    mix: Annotated[bool, typer.Option("--mix", help="Company mix of a bilingual set.")] = False,
    passages: Annotated[str | None, typer.Option(help="Only passages in en or zh.")] = None,
    questions: Annotated[str | None, typer.Option(help="Only questions in en or zh.")] = None,
    bm25: Annotated[bool, typer.Option("--bm25", help="Beside plain BM25.")] = False,
    langchain: Annotated[
        bool, typer.Option("--langchain", help="Beside the pipeline of LangChain's tutorials.")
    ] = False,
    answers: Annotated[bool, typer.Option("--answers", help="Measure refusals, too.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first questions.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Keep the run.")] = None,
    html_file: Annotated[Path | None, typer.Option("--html", help="A page with plots.")] = None,
    against: Annotated[Path | None, typer.Option(help="An earlier run to compare with.")] = None,
    margin: Annotated[float, typer.Option(help="Loss of nDCG@10 that is tolerated.")] = 0.01,
) -> None:
    """Measure on an evaluation set, on golden questions, or on your own.

    With --against, exits with 1 if nDCG@10 fell by more than --margin.
    """
    from rich.console import Console

    from api.cli.in_numbers import counted
    from api.cli.terminal import show_table
    from api.observe.logs import quiet
    from api.settings import load_settings
    from assistant.evaluation.measure import evaluate as measure
    from assistant.evaluation.report import SHOWN, compare, rows, run_to_json, to_html
    from assistant.evaluation.sets import narrowed, pooled, read_set

    quiet()
    console = Console()
    if len(paths) > 1 and (qrels is not None or mix):
        raise typer.BadParameter("--qrels and --mix are for one set; give one path with them")
    settings = load_settings()
    sets = [read_set(path, qrels=qrels, mix=mix) for path in paths]
    chosen = sets[0] if len(sets) == 1 else pooled(sets)
    chosen = narrowed(chosen, passages=passages, questions=questions)
    runs = measure(
        chosen, settings, settings, bm25=bm25, langchain=langchain, answers=answers, limit=limit
    )
    p50, p95 = runs[0].latency_ms
    console.print(
        f"{chosen.name}: {counted(runs[0].chunks, 'passage')}, "
        f"{counted(len(runs[0].results), 'question')}, "
        f"retrieval p50 {p50:.1f} ms, p95 {p95:.1f} ms",
        markup=False,
        highlight=False,
    )
    show_table(console, ["pipeline", "group", "n", *SHOWN], rows(runs))
    if json_file is not None:
        kept = run_to_json(runs[0]) | {"beside": [run_to_json(one) for one in runs[1:]]}
        json_file.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
    if html_file is not None:
        html_file.write_text(to_html(runs), encoding="utf-8")
    if against is not None:
        changed = compare(runs[0], json.loads(against.read_text(encoding="utf-8")))
        console.print(
            f"nDCG@10 {changed.change:+.3f} against {against}: "
            f"{counted(len(changed.gained), 'question')} gained, "
            f"{len(changed.lost) or 'none'} lost",
            highlight=False,
        )
        for sign, texts in (("+", changed.gained), ("-", changed.lost)):
            for text in texts[:50]:
                console.print(f"{sign} {text}", markup=False, highlight=False)
        if changed.change < -margin:
            raise typer.Exit(1)
