"""The shape of the page's sources: folders that point one way, nothing missing, nothing left over.

What the page asks is built upon what shows a passage, and that upon what both share:
`ask` → `ask/answer` → `viewer` → `shared` → `shared/words`. A module may import from its own
folder and from those further to the right, never to the left, and never in a circle. What it
imports for types alone (`@import` in a comment) follows the same rule.
"""

from __future__ import annotations

import json
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.api.web.contract import WEB

ORDER = ("ask", "ask/answer", "viewer", "shared", "shared/words")
MODULES = sorted(path.relative_to(WEB).as_posix() for path in WEB.rglob("*.js"))
HTML = (WEB / "index.html").read_text(encoding="utf-8")
ROOT = WEB.parents[1]


def _resolved(module: str, names: list[str]) -> list[str]:
    folder = (WEB / module).parent
    return [(folder / name).resolve().relative_to(WEB).as_posix() for name in names]


def imports(module: str) -> list[str]:
    """What a browser loads for a module."""
    text = (WEB / module).read_text(encoding="utf-8")
    names = re.findall(r'^(?:import|export)\b[^;"]*?\bfrom "([^"]+)";', text, re.M)
    assert len(names) == len(re.findall(r"^import\b", text, re.M)), "an import of another kind"
    return _resolved(module, names)


def types(module: str) -> list[str]:
    """What only the types of a module come from."""
    text = (WEB / module).read_text(encoding="utf-8")
    tags = re.findall(r'@import[^"]*?from "([^"]+)"', text)
    return _resolved(module, tags + re.findall(r'\bimport\("([^"]+)"\)', text))


def exists(path: str) -> bool:
    return (WEB / path).is_file() or (WEB / path).with_suffix(".d.ts").is_file()


def folder(path: str) -> str:
    return Path(path).parent.as_posix()


@pytest.mark.parametrize("module", MODULES)
def test_imports_exist_and_point_one_way(module: str) -> None:
    """Each import names a file of the same folder or of one further down the order."""
    for path in imports(module) + types(module):
        assert exists(path), path
        assert ORDER.index(folder(path)) >= ORDER.index(folder(module)), path
    assert [path for path in imports(module) if not (WEB / path).is_file()] == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Whatever is loaded first, everything that it needs is there."""
    order = TopologicalSorter({module: imports(module) for module in MODULES}).static_order()
    assert set(order) == set(MODULES)


def test_every_file_that_the_page_names_exists() -> None:
    """Scripts, styles, preloaded modules and the icon of index.html; and each file is named."""
    named = re.findall(r'(?:src|href)="/web/([^"]+)"', HTML)
    assert [path for path in named if not (WEB / path).is_file()] == []
    assert len(named) == len(set(named))
    served = {path.relative_to(WEB).as_posix() for path in WEB.rglob("*") if path.is_file()}
    assert served - set(named) == {"index.html", "shared/contract.d.ts"}


def test_a_deep_import_costs_no_round_trip() -> None:
    """Every module that the page needs is preloaded, and no other."""
    [start] = re.findall(r'<script type="module" src="/web/([^"]+)">', HTML)
    needed, waiting = set(), [start]
    while waiting:
        module = waiting.pop()
        if module not in needed:
            needed.add(module)
            waiting += imports(module)
    preloaded = re.findall(r'<link rel="modulepreload" href="/web/([^"]+)">', HTML)
    assert {*preloaded, start} == needed


def test_no_folder_has_more_than_twelve_entries() -> None:
    """What is opened can be read at a glance."""
    folders = [WEB, *(path for path in WEB.rglob("*") if path.is_dir())]
    assert {path.name: count for path in folders if (count := len(list(path.iterdir()))) > 12} == {}


def test_no_rule_is_silenced_without_a_reason() -> None:
    """`@ts-…` and `eslint-disable` say why, on their own line."""
    for module in MODULES:
        for line in (WEB / module).read_text(encoding="utf-8").splitlines():
            silenced = re.search(r"@ts-\w+|eslint-disable\S*( \S+)?", line)
            assert silenced is None or " -- " in line[silenced.end() :], f"{module}: {line}"


def test_the_checkers_are_pinned_and_come_from_the_public_registry() -> None:
    """package.json names exact versions; the lock file names no other host and no local path."""
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    assert "dependencies" not in package
    for name, version in package["devDependencies"].items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), name
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    for name, entry in lock["packages"].items():
        if name:
            assert entry["integrity"].startswith("sha512-"), name
            address = entry.get("resolved", "https://registry.npmjs.org/")
            assert address.startswith("https://registry.npmjs.org/"), name
