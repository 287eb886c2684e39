"""The gates: what each of them runs is what it says."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import FAST, NEVER_FAST
from tests.repository import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def _run_by(target: str) -> str:
    """The pytest command of a make target."""
    (rule,) = [
        one
        for one in MAKEFILE.split("\n\n")
        if one.rpartition(f"{target}:")[1] and "pytest" in one and f"\n{target}:" in f"\n{one}"
    ]
    (command,) = [line for line in rule.splitlines() if "-m pytest" in line]
    return command


def _selected(*words: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return {line for line in done.stdout.splitlines() if "::" in line}


@pytest.mark.parametrize("place", FAST)
def test_every_place_of_quick_tests_exists(place: str) -> None:
    """A folder that was moved does not silently drop out."""
    there = ROOT / place
    assert there.is_dir() if place.endswith("/") else there.is_file()


def test_check_fast_selects_what_it_says() -> None:
    """Every test at the named places and no other one; none that is slow or needs an extra."""
    assert "-m fast " in _run_by("check-fast")
    wanted = _selected("-m", f"not ({' or '.join(NEVER_FAST)})", *FAST)
    assert len(wanted) > 1000
    assert _selected("-m", "fast") == wanted


def test_each_gate_runs_more_than_the_one_before() -> None:
    """`test` leaves only the slow ones out, `test-all` none, and skips none."""
    assert '-m "not slow"' in _run_by("test")
    assert " -m " not in _run_by("test-all").replace("python -m", "python")
    assert "--cov" in _run_by("test-all")
    assert "--cov" not in _run_by("test")
    assert "test-all: export REQUIRE_ALL_TESTS = 1" in MAKEFILE


def test_ci_runs_lint_and_every_test() -> None:
    """And nothing that the Makefile does not know."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    ran = [line for line in script.splitlines() if line.startswith("make ")]
    assert ran == ["make lint", "make test-all"]
    assert "export REQUIRE_ALL_TESTS=1" in script


def test_the_folder_of_the_gates_is_whole() -> None:
    """Folders of tests are packages, so that two modules of one name do not shadow each other."""
    bare = [
        path.parent.relative_to(ROOT)
        for path in (ROOT / "tests").rglob("test_*.py")
        if not (path.parent / "__init__.py").is_file()
        and not any(part.startswith(".") for part in path.parts)
    ]
    assert bare == []
