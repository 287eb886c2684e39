"""Running a set through the real pipeline and measuring what comes out.

Ranking measures come from the library ir-measures (nDCG: Järvelin and Kekäläinen 2002); documents
are ranked by their best passage. Confidence intervals are bootstrapped over questions (1,000
resamples, fixed seed, 95 %).
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from assistant.errors import AssistantError
from assistant.evaluation.langchain_baseline import LangChainBaseline, Text, texts_of_folder
from assistant.evaluation.pipelines import (
    OTHERS,
    Asked,
    Ours,
    Shown,
    ask_baseline,
    source_name,
)
from assistant.evaluation.sets import OPEN_TO_ALL, EvalQuery, EvalSet
from assistant.settings import AssistantSettings
from ingest.library import Library
from ingest.settings import IngestSettings
from ingest.store.catalogue.sources import Source
from ingest.sync.batch import index_parsed
from ingest.sync.options import SyncOptions
from ingest.sync.prepare import prepare

RANKING = ("nDCG@10", "R@1", "R@5", "R@10", "R@20", "RR@10")


@dataclass(frozen=True, slots=True)
class QueryResult:
    """One question's figures by measure, and its milliseconds."""

    id: str
    text: str
    language: str
    kind: str
    figures: Mapping[str, float]
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean over `count` questions with its 95 % confidence interval."""

    mean: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Run:
    """A set measured with one pipeline."""

    set_name: str
    pipeline: str
    chunks: int
    results: tuple[QueryResult, ...]
    groups: Mapping[str, Mapping[str, Figure]] = field(default_factory=dict)

    @property
    def latency_ms(self) -> tuple[float, float]:
        """Median and 95th percentile of retrieval, in milliseconds."""
        times = [one.milliseconds for one in self.results]
        if not times:
            return 0.0, 0.0
        return float(np.median(times)), float(np.percentile(times, 95))


def evaluate(
    chosen: EvalSet,
    settings: IngestSettings,
    assistant_settings: AssistantSettings,
    *,
    bm25: bool = False,
    langchain: bool = False,
    answers: bool = False,
    limit: int | None = None,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[Run]:
    """The set measured over a throw-away index with the settings in force.

    With `bm25` a second run has the question's own words alone; with `langchain` another is that
    of LangChain's tutorials; with `answers` every question is also asked, to see whether it is
    refused when and only when it should be.

    Raises:
        AssistantError: ir-measures is not installed, or a pipeline's packages are not.
    """
    queries = chosen.queries[:limit] if limit else chosen.queries
    total = len(queries) * (1 + bm25 + langchain)
    done = 0

    def run(name: str, chunks: int, ask: Callable[[EvalQuery], Asked]) -> Run:
        def step() -> None:
            nonlocal done
            done += 1
            on_progress(done, total)

        return measured(chosen, queries, name, chunks, ask, step)

    runs = []
    with (
        indexed(chosen, settings) as (library, chunks),
        closing(Ours(library, assistant_settings, chosen, answers=answers)) as ours,
    ):
        runs.append(run("footnote", chunks, ours.ask))
        if bm25:
            runs.append(run("bm25", chunks, ours.ask_words_only))
    if langchain:
        with LangChainBaseline() as baseline:
            made = baseline.add(_texts(chosen))
            runs.append(run("langchain", made, partial(ask_baseline, baseline)))
    return runs


@contextmanager
def indexed(chosen: EvalSet, settings: IngestSettings) -> Iterator[tuple[Library, int]]:
    """The set in a throw-away index with the settings in force, and how many passages it has."""
    with tempfile.TemporaryDirectory() as home:
        local = settings.model_copy(update={"home": Path(home), "database_url": None})
        with Library(local) as library:
            chunks = _index(library, chosen)
            library.index.wait_for_graph()
            yield library, chunks


def measured(
    chosen: EvalSet,
    queries: Sequence[EvalQuery],
    pipeline: str,
    chunks: int,
    ask: Callable[[EvalQuery], Asked],
    on_asked: Callable[[], None] = lambda: None,
) -> Run:
    """Questions of a set asked of a pipeline, and the figures of what it found.

    Raises:
        AssistantError: ir-measures is not installed.
    """
    results, rankings = [], {}
    for query in queries:
        asked = ask(query)
        rankings[query.id] = list(dict.fromkeys(one.name for one in asked.passages))
        figures = {**_figures(query, asked.passages), **asked.figures}
        about = (query.id, query.text, query.language, query.kind)
        results.append(QueryResult(*about, figures, asked.milliseconds))
        on_asked()
    ranked = _with_ranking(results, chosen, rankings)
    return Run(chosen.name, pipeline, chunks, ranked, _groups(ranked))


def _figures(query: EvalQuery, passages: Sequence[Shown]) -> dict[str, float]:
    """What is measured besides the order of documents."""
    figures: dict[str, float] = {}
    if query.answers and query.answerable and passages:
        first = _folded(passages[0].text)
        figures[OTHERS[0]] = float(any(_folded(one) in first for one in query.answers))
    if query.pages:
        top = {
            (one.name, page)
            for one in passages[:5]
            for page in range(one.page_start or 0, (one.page_end or 0) + 1)
        }
        figures[OTHERS[1]] = float(bool(top & query.pages))
    return figures


def _index(library: Library, chosen: EvalSet) -> int:
    chunks = 0
    for number, one in enumerate(chosen.folders):
        source = Source(source_name(number), str(one.path.resolve()), access=one.access)
        library.save_source(source)
        done = library.sync(source.name, SyncOptions(), lambda _: None, threading.Event())
        chunks += done.chunks
    if chosen.documents:
        source = Source("eval", str(library.settings.home.resolve()), access=OPEN_TO_ALL)
        library.save_source(source)
        prepared = partial(
            prepare,
            target=library.settings.chunk_tokens,
            limit=library.settings.chunk_max_tokens,
        )
        chunks += index_parsed(library.tools(), source, chosen.documents, prepared).chunks
    return chunks


def _texts(chosen: EvalSet) -> Iterator[Text]:
    for folder in chosen.folders:
        yield from texts_of_folder(folder.path, folder.prefix)
    for name, parsed in chosen.documents:
        yield Text(name, f"{parsed.title}\n{parsed.text}" if parsed.title else parsed.text)


def _with_ranking(
    results: Sequence[QueryResult], chosen: EvalSet, rankings: Mapping[str, Sequence[str]]
) -> tuple[QueryResult, ...]:
    """The results with the ranking measures of those questions that have relevant documents."""
    try:
        import ir_measures
    except ImportError as exc:
        raise AssistantError(
            "measuring needs the package ir-measures: pip install 'footnote[eval]'"
        ) from exc
    judged = {one.id for one in results if chosen.relevant.get(one.id)}
    qrels = {query_id: dict(chosen.relevant[query_id]) for query_id in judged}
    run = {
        query_id: {name: 1.0 / rank for rank, name in enumerate(rankings[query_id], 1)}
        for query_id in judged
    }
    found: dict[str, dict[str, float]] = {
        query_id: dict.fromkeys(RANKING, 0.0) for query_id in judged
    }
    measures = {ir_measures.parse_measure(name): name for name in RANKING}
    for one in ir_measures.iter_calc(list(measures), qrels, run):
        found[one.query_id][measures[one.measure]] = float(one.value)
    return tuple(
        QueryResult(
            one.id,
            one.text,
            one.language,
            one.kind,
            {**found.get(one.id, {}), **one.figures},
            one.milliseconds,
        )
        for one in results
    )


def _groups(results: Sequence[QueryResult]) -> dict[str, dict[str, Figure]]:
    """Figures over all questions, by language and by kind of question."""
    groups: dict[str, list[QueryResult]] = {"all": list(results)}
    for one in results:
        groups.setdefault(f"language {one.language}", []).append(one)
        if one.kind:
            groups.setdefault(f"type {one.kind}", []).append(one)
    return {
        name: {
            measure: figure
            for measure in (*RANKING, *OTHERS)
            if (figure := summarise([r.figures[measure] for r in rows if measure in r.figures]))
        }
        for name, rows in groups.items()
    }


def summarise(values: Sequence[float]) -> Figure | None:
    """The mean and its bootstrapped interval; None of no values."""
    if not values:
        return None
    data = np.asarray(values)
    chance = np.random.default_rng(7)
    means = data[chance.integers(0, len(data), (1000, len(data)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return Figure(float(data.mean()), float(low), float(high), len(data))


def _folded(text: str) -> str:
    return "".join(text.split()).casefold()
