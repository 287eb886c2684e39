"""What a measured run looks like: JSON for machines and comparisons, HTML for people."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from assistant.evaluation.measure import RANKING, Run
from assistant.evaluation.pipelines import OTHERS

SHOWN = ("nDCG@10", "R@1", "R@5", "R@20", "RR@10", *OTHERS)


def run_to_json(run: Run) -> dict[str, Any]:
    """Everything, question by question."""
    p50, p95 = run.latency_ms
    return {**asdict(run), "latency_ms": {"p50": round(p50, 2), "p95": round(p95, 2)}}


@dataclass(frozen=True, slots=True)
class Comparison:
    """This run beside an earlier one, over the questions that both have.

    `change` is the difference of the mean nDCG@10; `gained` and `lost` are the questions whose
    nDCG@10 rose or fell.
    """

    change: float
    gained: tuple[str, ...]
    lost: tuple[str, ...]


def compare(run: Run, earlier: Mapping[str, Any]) -> Comparison:
    """What changed since `earlier` (a run's JSON)."""
    before = {
        one["id"]: one["figures"]["nDCG@10"]
        for one in earlier["results"]
        if "nDCG@10" in one["figures"]
    }
    pairs = [
        (one, one.figures["nDCG@10"], before[one.id])
        for one in run.results
        if one.id in before and "nDCG@10" in one.figures
    ]
    if not pairs:
        return Comparison(0.0, (), ())
    change = sum(now - then for _, now, then in pairs) / len(pairs)
    return Comparison(
        change,
        tuple(one.text for one, now, then in pairs if now > then),
        tuple(one.text for one, now, then in pairs if now < then),
    )


def rows(runs: Sequence[Run]) -> list[tuple[str, ...]]:
    """A table: pipeline and group, number of questions, then each measure with its interval."""
    out = []
    for run in runs:
        for group, figures in run.groups.items():
            count = max((one.count for one in figures.values()), default=0)
            cells = []
            for measure in SHOWN:
                one = figures.get(measure)
                cells.append(
                    "" if one is None else f"{one.mean:.3f} ±{(one.high - one.low) / 2:.3f}"
                )
            out.append((run.pipeline, group, str(count), *cells))
    return out


def to_html(runs: Sequence[Run]) -> str:
    """A page on its own: a table, and bars of nDCG@10 with their intervals."""
    first = runs[0]
    p50, p95 = first.latency_ms
    head = "".join(f"<th>{html.escape(one)}</th>" for one in ("pipeline", "group", "n", *SHOWN))
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
        for row in rows(runs)
    )
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>footnote eval: {html.escape(first.set_name)}</title>
<style>body{{font:15px/1.5 system-ui;margin:2rem;max-width:80rem}}td,th{{padding:.2rem .7rem;
text-align:left;border-bottom:1px solid #8884}}svg{{margin:1rem 0}}</style>
<h1>{html.escape(first.set_name)}</h1>
<p>{first.chunks} passages, {len(first.results)} questions, retrieval p50 {p50:.1f} ms,
p95 {p95:.1f} ms</p>
<table><tr>{head}</tr>{body}</table>
{_bars(runs)}
</html>
"""


def _bars(runs: Sequence[Run]) -> str:
    bars = [
        (f"{run.pipeline}, {group}", figures[RANKING[0]])
        for run in runs
        for group, figures in run.groups.items()
        if RANKING[0] in figures
    ]
    height = 24 * len(bars) + 30
    parts = [f'<svg width="900" height="{height}" role="img" aria-label="nDCG@10">']
    parts.append('<text x="0" y="16" font-weight="bold">nDCG@10</text>')
    for number, (label, one) in enumerate(bars):
        y = 28 + 24 * number
        end = 300 + 500 * one.high
        parts.append(
            f'<text x="0" y="{y + 13}" font-size="12">{html.escape(label[:44])}</text>'
            f'<rect x="300" y="{y}" width="{500 * one.mean:.1f}" height="16" fill="#a8301c"/>'
            f'<line x1="{300 + 500 * one.low:.1f}" x2="{end:.1f}" y1="{y + 8}" y2="{y + 8}" '
            f'stroke="currentColor" stroke-width="3"/>'
            f'<text x="{end + 10:.1f}" y="{y + 13}" font-size="12">{one.mean:.3f}</text>'
        )
    return "".join([*parts, "</svg>"])
