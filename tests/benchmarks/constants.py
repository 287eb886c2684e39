"""Every tuned constant measured anew, at its value and at those beside it.

    make bench BENCH_ARGS=constants
    make bench BENCH_ARGS="constants --only ENOUGH --limit 50"

Ranking is nDCG@10. Answers are three shares: of answerable questions whose facts stand in the
answer, of the others that are refused, of all whose status says rightly whether they are answered.
Verdicts are three shares: of altered statements that are called supported (less is better), of true
ones that are (more is better), of true ones for which nothing is shown (less is better).

What is measured on is what ships in `data/`, and with FOOTNOTE_EVALSETS the sets in that folder:
those with texts and judgements, and questions with their facts (`natural-answers/NAME.jsonl`, each
over the documents in `NAME/files`).
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from assistant.checking.proofreading import check
from assistant.evaluation.measure import indexed, measured
from assistant.evaluation.pipelines import Ours
from assistant.evaluation.sets import EvalFolder, EvalQuery, EvalSet, read_set
from assistant.settings import AssistantSettings
from assistant.types import (
    Draft,
    DraftSentence,
    Mode,
    Passage,
    Status,
    Verdict,
)
from ingest.errors import EmbedError
from ingest.library import Library
from ingest.settings import IngestSettings
from tests.assistant.passages import asked, make_passage, read, static_model
from tests.benchmarks.data import sets_folder
from tests.benchmarks.statements import DOCUMENTS, altered, names_of, sentences_of
from tests.benchmarks.tuned import TUNED, Constant, Measure, varied
from tests.repository import ROOT

LIMIT = 100
"""Questions of a set, unless it is said otherwise."""

Figures = tuple[float, ...]
"""What a measure says at one value, in the order of its description."""


def run(_: Path | None, *, only: str = "", limit: int | None = None) -> dict[str, str]:
    """The table: each constant with its value, and the measure there and beside it."""
    wanted = [one for one in TUNED if only.lower() in one.label.lower()]
    if not wanted:
        raise SystemExit(f"no tuned constant is called {only!r}: see tests/benchmarks/tuned.py")
    table: dict[str, str] = {}
    with ExitStack() as stack:
        bench = _Bench(stack, limit or LIMIT)
        for number, constant in enumerate(wanted, 1):
            print(f"  {number}/{len(wanted)} {constant.label}", file=sys.stderr, flush=True)
            label = f"{constant.label} = {constant.now:g} ({constant.measure})"
            table[label] = _row(constant, bench)
    return table


def _row(constant: Constant, bench: _Bench) -> str:
    """`0.3: 0.912   [0.4: 0.915]   0.5: 0.913`: today's value in brackets."""
    now = constant.now
    cells = []
    for value in sorted({*constant.beside, now}):
        try:
            with varied(constant, value):
                figures = bench.measure(constant)
        except EmbedError as exc:
            return f"not measured: {exc}"
        shown = f"{value:g}: {' / '.join(f'{one:.3f}' for one in figures)}"
        cells.append(f"[{shown}]" if value == now else shown)
    return "   ".join(cells)


_TODAY = {one: one.now for one in TUNED}


@dataclass
class _Bench:
    """Indexes that were made, and what was measured at today's values; made when first needed."""

    stack: ExitStack
    limit: int
    _held: dict[tuple[str, bool], tuple[Ours, int]] = field(default_factory=dict)
    _statements: list[_Statement] = field(default_factory=list)
    _today: dict[tuple[Measure, bool], Figures] = field(default_factory=dict)

    def measure(self, constant: Constant) -> Figures:
        """The constant's measure with what is set now."""
        kind = (constant.measure, constant.in_context)
        changed = any(one.now != value for one, value in _TODAY.items())
        if not changed and kind in self._today:
            return self._today[kind]
        figures = {
            Measure.RANKING: self._ranking,
            Measure.ANSWERS: self._answers,
            Measure.VERDICTS: self._verdicts,
        }[constant.measure](constant.in_context)
        if not changed:
            self._today[kind] = figures
        return figures

    def _ranking(self, in_context: bool) -> Figures:
        means = []
        for one in ranking_sets():
            ours, chunks = self._ours(one, in_context)
            judged = [query for query in one.queries if one.relevant.get(query.id)]
            asked = _spread(judged, self.limit)
            found = measured(one, asked, "footnote", chunks, ours.ask)
            means.append(found.groups["all"]["nDCG@10"].mean)
        return (float(np.mean(means)),)

    def _answers(self, in_context: bool) -> Figures:
        held, refused, told = [], [], []
        for one, facts in answer_sets():
            ours, _ = self._ours(one, in_context)
            for query in _spread(one.queries, self.limit):
                answer = ours.answer(query)
                found = answer.status is not Status.NOT_FOUND
                if query.answerable:
                    right = found and holds(answer.text, facts[query.id])
                    held.append(right)
                else:
                    right = False
                    refused.append(not found)
                told.append((answer.status is Status.ANSWERED) == right)
        return _share(held), _share(refused), _share(told)

    def _verdicts(self, in_context: bool) -> Figures:
        if not self._statements:
            self._statements = [*written_statements(), *self._found_statements(in_context)]
        changed: list[Verdict] = []
        true: list[Verdict] = []
        for one in self._statements:
            draft = Draft(
                Status.ANSWERED, Mode.GENERATED, (DraftSentence(one.text, (one.passage,)),)
            )
            checked = check(draft, read(one.passages), asked(one.asked), model=static_model())
            verdict = checked.statements[0].verdict if checked.statements else Verdict.UNSUPPORTED
            (true if one.true else changed).append(verdict)
        return (
            _share([one is Verdict.SUPPORTED for one in changed]),
            _share([one is Verdict.SUPPORTED for one in true]),
            _share([one is Verdict.UNSUPPORTED for one in true]),
        )

    def _found_statements(self, in_context: bool) -> Iterator[_Statement]:
        """Sentences of what is found for questions, cited as a language model would."""
        said: set[str] = set()
        for one, _ in answer_sets():
            ours, _chunks = self._ours(one, in_context)
            for query in _spread(one.queries, self.limit):
                passages = tuple(ours.passages(query, 4))
                names = names_of([passage.text for passage in passages])
                for number, passage in enumerate(passages[:2]):
                    for text in sentences_of(passage, 1):
                        if text in said:
                            continue
                        said.add(text)
                        yield _Statement(text, number, passages, query.text, true=True)
                        for other in altered(text, names):
                            yield _Statement(other, number, passages, query.text, true=False)

    def _ours(self, chosen: EvalSet, in_context: bool) -> tuple[Ours, int]:
        key = (chosen.name, in_context)
        if key not in self._held:
            library, chunks = self.stack.enter_context(_opened(chosen, in_context))
            ours = self.stack.enter_context(
                closing(Ours(library, AssistantSettings(), chosen, answers=False))
            )
            self._held[key] = ours, chunks
        return self._held[key]


def _opened(chosen: EvalSet, in_context: bool) -> AbstractContextManager[tuple[Library, int]]:
    embedder = "builtin-contextual" if in_context else "builtin"
    return indexed(chosen, IngestSettings(embedder=embedder, parse_workers=2))


def _spread(queries: Sequence[EvalQuery], most: int) -> Sequence[EvalQuery]:
    """At most so many, from everywhere: sets have their kinds of questions one after the other."""
    return queries[:: max(1, -(-len(queries) // most))]


def _share(values: Sequence[bool]) -> float:
    return float(np.mean(values)) if values else float("nan")


@dataclass(frozen=True, slots=True)
class _Statement:
    """What is said, which of the passages it names, what was asked, and whether it is so."""

    text: str
    passage: int
    passages: tuple[Passage, ...]
    asked: str
    true: bool


def written_statements() -> Iterator[_Statement]:
    """The statements of `DOCUMENTS`, true and altered, in both languages."""
    passages = tuple(
        _passage(number, title, " ".join(one.sentence for one in told))
        for number, (title, told) in enumerate(DOCUMENTS.items())
    )
    everything = [one for told in DOCUMENTS.values() for one in told]
    names = names_of([text for one in everything for text in (one.sentence, one.translated)])
    for number, (title, told) in enumerate(DOCUMENTS.items()):
        for one in told:
            for text in (one.other_words, one.translated):
                yield _Statement(text, number, passages, title, true=True)
            for said in (one.sentence, one.other_words, one.translated):
                for text in altered(said, names):
                    yield _Statement(text, number, passages, title, true=False)


def _passage(number: int, title: str, text: str) -> Passage:
    where = {"document_id": f"doc_{number}", "source": "written", "path": f"{number}.md"}
    return make_passage(text, chunk_id=number, title=title, **where)


def ranking_sets() -> list[EvalSet]:
    """The golden questions, and every set of texts with judgements."""
    folder = sets_folder()
    paths = [] if folder is None else sorted(folder.glob("*/corpus.jsonl"))
    found = [_set(ROOT / "data" / "golden.jsonl")]
    for path in paths:
        if (path.parent / "qrels.tsv").is_file() and not (path.parent / "files").is_dir():
            one = _set(path.parent)
            if one.documents and one.relevant:
                found.append(one)
    return found


Facts = Mapping[str, tuple[tuple[str, ...], ...]]
"""By question: the facts that its answer must hold, each with its wordings."""


def answer_sets() -> Iterator[tuple[EvalSet, Facts]]:
    """The golden questions, and every file of questions with facts over its documents."""
    golden = _set(ROOT / "data" / "golden.jsonl")
    yield golden, {query.id: tuple((one,) for one in query.answers) for query in golden.queries}
    folder = sets_folder()
    for path in [] if folder is None else sorted((folder / "natural-answers").glob("*.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        alone = [row for row in rows if not row.get("history")]
        queries = tuple(
            EvalQuery(row["id"], row["text"], row["lang"], row["kind"], row["answerable"])
            for row in alone
        )
        documents = (EvalFolder(path.parents[1] / path.stem / "files"),)
        made = EvalSet(f"natural {path.stem}", queries, {}, folders=documents)
        yield made, {row["id"]: tuple(map(tuple, row["facts"])) for row in alone}


_READ: dict[Path, EvalSet] = {}


def _set(path: Path) -> EvalSet:
    if path not in _READ:
        _READ[path] = read_set(path)
    return _READ[path]


def holds(text: str, facts: Sequence[Sequence[str]]) -> bool:
    """Whether an answer holds each fact in one of its wordings, as whole words and numbers."""
    said = _folded(text)
    return all(any(_stands(_folded(one), said) for one in wordings) for wordings in facts)


def _stands(fact: str, text: str) -> bool:
    before = r"(?<![a-z0-9])" if fact[:1].isascii() and fact[:1].isalnum() else ""
    after = r"(?![a-z0-9])" if fact[-1:].isascii() and fact[-1:].isalnum() else ""
    return re.search(before + re.escape(fact) + after, text) is not None


_MARK = re.compile(r"\[\d+\]")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3})")
_BETWEEN_HAN = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])")


def _folded(text: str) -> str:
    """Without what does not change a fact: footnotes, emphasis, hyphens, spaces beside Chinese."""
    plain = unicodedata.normalize("NFKC", _MARK.sub(" ", text)).casefold()
    plain = _THOUSANDS.sub("", plain.replace("*", "").replace("’", "'"))
    return _BETWEEN_HAN.sub("", " ".join(plain.replace("-", " ").split()))
