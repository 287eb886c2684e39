"""The order of ingest's packages: each imports only what stands below it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repository import ROOT

ORDER = ("sync", "care", "sources", "parsers", "store", "models", "text")
"""From the way of a document down to what it stands on; `library` and `jobs` are above."""

ALL = {"types", "errors", "settings"}
MODULES = sorted((ROOT / "ingest").rglob("*.py"))
PENDING = {("text/words.py", "models")}
"""Arrows that point up and are known."""


def _parts(path: Path) -> list[str]:
    """The dotted names inside ingest that a module imports."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ingest."):
            found.append(str(node.module).removeprefix("ingest."))
    return found


@pytest.mark.parametrize("package", ORDER)
def test_a_package_imports_only_what_is_below_it(package: str) -> None:
    """And the types, errors and settings of all."""
    allowed = {*ORDER[ORDER.index(package) :], *ALL}
    up = {
        (path.relative_to(ROOT / "ingest").as_posix(), name)
        for path in MODULES
        if path.is_relative_to(ROOT / "ingest" / package)
        for name in _parts(path)
        if name.split(".")[0] not in allowed
    }
    assert {(path, name.split(".")[0]) for path, name in up} <= PENDING, up


def test_parsers_take_only_their_place_in_the_line_from_the_store() -> None:
    """They know nothing of what is kept."""
    taken = {
        name
        for path in MODULES
        if path.is_relative_to(ROOT / "ingest" / "parsers")
        for name in _parts(path)
        if name.startswith("store")
    }
    assert taken == {"store.precedence"}


@pytest.mark.parametrize("module", ["ingest.types", "assistant.retrieval.retrieve", "api.app"])
def test_whoever_is_imported_first_numpy_comes_after_its_setting(module: str) -> None:
    """OpenBLAS reads the number of its threads once, when numpy is loaded."""
    code = (
        "import os, sys\n"
        "class Look:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'numpy':\n"
        "            print(os.environ.get('OPENBLAS_NUM_THREADS'))\n"
        "sys.meta_path.insert(0, Look())\n"
        f"import {module}"
    )
    env = {key: value for key, value in os.environ.items() if key != "OPENBLAS_NUM_THREADS"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, env=env
    )
    assert done.stdout.split() == ["1"]
