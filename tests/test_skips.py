"""The rule of CI: what is skipped has not been tested."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repository import ROOT

SKIPPED = """
import pytest

@pytest.mark.skip(reason="no network here")
def test_never_runs():
    pass

def test_runs():
    pass
"""


@pytest.mark.parametrize(("rule", "status"), [("1", 1), ("0", 0)])
def test_a_skipped_test_fails_the_run_where_all_are_required(
    tmp_path: Path, rule: str, status: int
) -> None:
    """With REQUIRE_ALL_TESTS=1 the run ends with 1 and names the test and why; else with 0."""
    (tmp_path / "test_some.py").write_text(SKIPPED)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-c", os.devnull, str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"REQUIRE_ALL_TESTS": rule},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    if rule == "1":
        (line,) = [one for one in done.stdout.splitlines() if "skipped where nothing may be" in one]
        assert "test_never_runs" in line
        assert "no network here" in line
