"""Tuned constants: all are registered and explained, and measuring one measures that one."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from assistant.retrieval import rank
from assistant.retrieval.rank import fuse, rerank
from ingest.types import Hit
from tests.benchmarks.constants import holds, written_statements
from tests.benchmarks.statements import DOCUMENTS, altered
from tests.benchmarks.tuned import LIMITS, PACKAGES, TUNED, Constant, varied
from tests.repository import ROOT

FILES = [
    path.relative_to(ROOT)
    for package in PACKAGES
    for path in sorted((ROOT / package.replace(".", "/")).rglob("*.py"))
]
REGISTERED = {one.label for one in TUNED}


def _numbers(path: Path) -> Iterator[tuple[str, int]]:
    """Module-level constants that are numbers, with the index of their statement."""
    module = import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
    for number, node in enumerate(_body(path)):
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AnnAssign)
            else []
        )
        for target in targets:
            for one in ast.walk(target):
                if isinstance(one, ast.Name) and one.id.isupper():
                    value = getattr(module, one.id)
                    if isinstance(value, int | float) and not isinstance(value, bool):
                        yield one.id, number


def _body(path: Path) -> list[ast.stmt]:
    return ast.parse((ROOT / path).read_text(encoding="utf-8")).body


@pytest.mark.parametrize("path", FILES, ids=str)
def test_every_number_is_tuned_or_a_limit(path: Path) -> None:
    """Whoever names a new one says what it is measured by, or why by nothing."""
    found = {f"{path.stem}.{name}" for name, _ in _numbers(path)}
    assert found - REGISTERED - LIMITS.keys() == set()


def test_what_is_registered_exists_once() -> None:
    """No line is left of a constant that went, and none has two."""
    found = [f"{path.stem}.{name}" for path in FILES for name, _ in _numbers(path)]
    assert REGISTERED | LIMITS.keys() == set(found)
    assert REGISTERED & LIMITS.keys() == set()
    assert len(REGISTERED) == len(TUNED)
    assert len(found) == len(set(found))


@pytest.mark.parametrize("path", FILES, ids=str)
def test_every_number_says_what_it_is(path: Path) -> None:
    """By a docstring below it or below the one that it comes with, or by a comment."""
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    body = _body(path)
    silent = []
    for name, at in _numbers(path):
        first, last = body[at].lineno, body[at].end_lineno or 0
        following = body[at + 1] if at + 1 < len(body) else None
        said = (
            isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
            and isinstance(following.value.value, str)
        )
        comment = "#" in lines[last - 1] or lines[first - 2].lstrip().startswith("#")
        if not said and not comment:
            silent.append(name)
    assert silent == []


@pytest.mark.parametrize("constant", TUNED, ids=lambda one: one.label)
def test_a_constant_is_compared_with_values_on_both_sides(constant: Constant) -> None:
    """So that a reader sees whether today's is the best of them."""
    now, beside = constant.now, constant.beside
    assert min(beside) < now < max(beside)


def test_no_constant_hides_in_a_default() -> None:
    """A default is worked out once, and would not follow."""
    names = {one.name for one in TUNED}
    hidden = [
        f"{path}:{node.name}"
        for path in FILES
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        for default in [*node.args.defaults, *node.args.kw_defaults]
        if isinstance(default, ast.Name) and default.id in names
    ]
    assert hidden == []


@pytest.mark.parametrize("constant", TUNED, ids=lambda one: one.label)
def test_a_varied_constant_is_another_one_wherever_it_is_used(constant: Constant) -> None:
    """In its module and in those that import it; afterwards it is as it was."""
    import_module("assistant.ask")
    module, name = constant.module, constant.name
    before = constant.now
    using = [
        holder
        for place, holder in list(sys.modules.items())
        if place.startswith("assistant.") and vars(holder).get(name) == before
    ]
    assert import_module(module) in using
    with varied(constant, before + 1):
        assert {vars(holder)[name] for holder in using} == {before + 1}
    assert {vars(holder)[name] for holder in using} == {before}


def test_varying_changes_what_is_worked_out() -> None:
    """A weight changes scores, a depth what a late hit adds."""
    known = {one.label: one for one in TUNED}
    compared = np.array([0.2, 0.8], np.float32)
    before = rerank([1.0, 0.9], compared)
    with varied(known["rank.SECOND_STAGE_WEIGHT"], 0.0):
        assert rerank([1.0, 0.9], compared) == pytest.approx([1.0, 0.9])
    assert rerank([1.0, 0.9], compared) == pytest.approx(before)
    hits = [Hit(number, 10.0 - number) for number in range(5)]
    with varied(known["rank.DEPTH"], 2):
        assert fuse(hits, [], 0.4)[2].score == 0
        assert rank.DEPTH == 2
    assert fuse(hits, [], 0.4)[2].score > 0


def test_altered_statements_are_other_ones() -> None:
    """Figures, names and denials change, one at a time, and the same text gives the same."""
    sentence = "Requests for 10 days must be approved in Berlin."
    assert list(altered(sentence, ["Leeds"])) == [
        "Requests for 21 days must be approved in Berlin.",
        "Requests for 10 days must be approved in Leeds.",
        "Requests for 10 days must not be approved in Berlin.",
    ]
    assert list(altered("试用期员工不能申请。", [])) == ["试用期员工能申请。"]
    made = list(written_statements())
    assert made == list(written_statements())
    true = {text for told in DOCUMENTS.values() for one in told for text in (one.sentence,)}
    assert not true & {one.text for one in made if not one.true}


def test_an_answer_holds_a_fact_whole() -> None:
    """5% is not in 15%; footnotes, emphasis and spaces beside Chinese change nothing."""
    assert holds("It is **27 days** [1].", [["27 days"]])
    assert not holds("It is 15%.", [["5%"]])
    assert holds("每天 180 元[2]。", [["180元"], ["nothing", "每天"]])
    assert not holds("It is 1,000 euros.", [["1000 dollars"]])
    assert holds("It is 1,000 euros.", [["1000 euros"]])
