"""`footnote serve --sample`: the sample company, from wherever it is started."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from api.cli.client import ApiError
from api.cli.serve import SAMPLE, read_sample
from tests.api.cli.test_commands import Shell
from tests.folders import write_files
from tests.repository import ROOT


def test_the_sample_is_found_from_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a source checkout, wherever the command is given."""
    monkeypatch.chdir(tmp_path)
    source = read_sample(SAMPLE)
    assert source.name == "company"
    assert source.path == str(ROOT / "data" / "company")
    assert source.access[-1].groups == {"everyone"}


def test_a_described_folder_is_relative_to_what_describes_it(tmp_path: Path) -> None:
    """A file of one's own, with the folder beside it or anywhere."""
    write_files(tmp_path, {"docs/a.md": "# A\n"})
    described = tmp_path / "source.json"
    for path in ("docs", str(tmp_path / "docs")):
        described.write_text(json.dumps({"name": "mine", "path": path}))
        assert read_sample(described).path == str(tmp_path / "docs")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, r"there is no file .*source\.json; name a file"),
        ('{"name": "mine", "path": "docs"}', r"names the folder .*docs, which is not there"),
        ('{"name": "mine"}', "does not describe a source"),
        ("[", "does not describe a source"),
    ],
)
def test_a_sample_that_is_not_there_is_told_of(tmp_path: Path, text: str | None, said: str) -> None:
    """Before anything is opened, with what to do."""
    described = tmp_path / "source.json"
    if text is not None:
        described.write_text(text)
    with pytest.raises(ApiError, match=said):
        read_sample(described)


def test_without_a_checkout_the_sample_is_said_to_be_missing(tmp_path: Path) -> None:
    """An installed package has no data folder beside it."""
    # Its own place decides where it looks, so it is run from another one.
    serve = (ROOT / "api/cli/serve.py").read_text(encoding="utf-8")
    copied = tmp_path / "site" / "api" / "cli" / "serve.py"
    write_files(tmp_path, {"site/api/cli/serve.py": serve})
    code = (
        "import runpy, sys; from api.cli.client import ApiError\n"
        f"place = runpy.run_path({str(copied)!r})\n"
        "try: place['read_sample'](place['SAMPLE'])\n"
        "except ApiError as exc: print(exc)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert "the sample company is part of a source checkout" in done.stdout


def test_a_served_sample_is_a_source(tmp_path: Path) -> None:
    """With --sample alone, and with a file after it; a file alone is refused."""
    shell = Shell(tmp_path / "home", write_files(tmp_path / "files", {"docs/a.md": "# A\n"}))
    described = shell.files / "source.json"
    described.write_text('{"name": "mine", "path": "docs"}')
    refused = shell.run("serve", str(described), ok=2)
    assert "only read with --sample" in re.sub(r"[\s│]+", " ", refused)
    for words, name in ((["--sample"], "company"), (["--sample", str(described)], "mine")):
        server = shell.serve(*words, cwd=tmp_path)
        assert server.stdout is not None
        server.stdout.readline()
        try:
            assert f"\n{name}\tfolder\t" in shell.run("sources", "list")
        finally:
            server.terminate()
            server.wait(30)
            server.stdout.close()
