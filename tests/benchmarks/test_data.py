"""What benchmarks are measured on, with the public sets and without; nothing here is timed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.data import COMPANY, corpora, described, handbook, sets_folder
from tests.benchmarks.synthetic import fill, passages
from tests.folders import open_library, write_files


def test_without_the_sets_the_sample_company_is_measured_on(tmp_path: Path) -> None:
    """Nothing is missing, and one line says how more could be had, by a variable's name."""
    sets = sets_folder({}, tmp_path / "nowhere")
    assert sets is None
    assert handbook(sets) == COMPANY
    assert corpora(sets) == []
    assert described(sets) == (
        "measured on the sample company, not on the handbook hb-mattermost and the passages of the "
        "public sets: FOOTNOTE_EVALSETS names the folder that holds them"
    )


def test_the_sets_that_are_there_are_measured_on(tmp_path: Path) -> None:
    """All of them, or some with the company beside them."""
    write_files(tmp_path, {"rgb-zh/corpus.jsonl": "", "squad2-dev/README.md": ""})
    sets = sets_folder({"FOOTNOTE_EVALSETS": str(tmp_path)})
    assert corpora(sets) == [tmp_path / "rgb-zh"]
    assert handbook(sets) == COMPANY
    assert "not on the handbook hb-mattermost:" in described(sets)
    write_files(tmp_path, {"hb-mattermost/files/a.md": ""})
    assert handbook(sets) == tmp_path / "hb-mattermost/files"
    assert described(sets) == "measured on the public sets"


def test_a_folder_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    """Rather than measured around: whoever names one wants it."""
    with pytest.raises(SystemExit, match="FOOTNOTE_EVALSETS names no folder"):
        sets_folder({"FOOTNOTE_EVALSETS": str(tmp_path / "nowhere")})


def test_the_sample_company_is_text_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both languages of it fill an index, with questions to ask."""
    (tmp_path / "no sets").mkdir()
    monkeypatch.setenv("FOOTNOTE_EVALSETS", str(tmp_path / "no sets"))
    made = passages(2, 100)
    assert set(made) == {"English", "Chinese"}
    with open_library(tmp_path / "home") as library:
        assert len(fill(library, 40)) >= 50
