"""What the imports of ingest bring with them, and what they must not."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repository import ROOT

MODULES = sorted((ROOT / "ingest" / "parsers").rglob("*.py"))


def _parts(path: Path) -> list[str]:
    """The dotted names inside ingest that a module imports."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ingest."):
            found.append(str(node.module).removeprefix("ingest."))
    return found


def test_parsers_take_only_their_place_in_the_line_from_the_store() -> None:
    """They know nothing of what is kept."""
    taken = {name for path in MODULES for name in _parts(path) if name.startswith("store")}
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
