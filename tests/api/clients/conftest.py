"""Tools that make clients from the API's description, in places of their own.

The Python generator wants an older typer than the product has, so it gets an environment beside
this file, as the Node packages do; both are installed from lock files when they are first needed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def run(*command: str | Path, cwd: Path = HERE, **more: str) -> str:
    """Runs a command, whose failure is the test's, and gives what it said."""
    done = subprocess.run(
        [str(one) for one in command],
        cwd=cwd,
        env=os.environ | more,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, f"{command[0]}: {said}"
    return done.stdout


def _installed(folder: Path, lock: Path, *steps: tuple[str | Path, ...]) -> None:
    """Takes the steps unless they were taken for just this lock file."""
    stamp = folder / ".installed"
    if not stamp.is_file() or stamp.read_bytes() != lock.read_bytes():
        shutil.rmtree(folder, ignore_errors=True)
        for step in steps:
            run(*step)
        stamp.write_bytes(lock.read_bytes())


@pytest.fixture(scope="session")
def python() -> Path:
    """The folder of an interpreter that has the Python generator and what its clients need."""
    folder, lock = HERE / ".venv", HERE / "requirements.lock"
    pip = (folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--quiet")
    _installed(folder, lock, (sys.executable, "-m", "venv", folder), (*pip, "install", "-r", lock))
    return folder / "bin"


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The installed Node packages; tests are skipped where there is no Node."""
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed (apt-get install nodejs npm)")
    folder = HERE / "node_modules"
    step = ("npm", "ci", "--no-audit", "--no-fund", "--silent")
    _installed(folder, HERE / "package-lock.json", step)
    return folder
