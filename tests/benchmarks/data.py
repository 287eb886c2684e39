"""What is measured on: public evaluation sets where they are, else the sample company.

`FOOTNOTE_EVALSETS` names the folder of the public sets. No benchmark needs them; with them the
texts are more, and closer to a company's own.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from tests.repository import ROOT

COMPANY = ROOT / "data" / "company"
GOLDEN = ROOT / "data" / "golden.jsonl"

_VARIABLE = "FOOTNOTE_EVALSETS"
_BESIDE = ROOT.parent / "shared" / "evalsets"
_HANDBOOK = Path("hb-mattermost") / "files"
_CORPORA = ("squad2-dev", "cmrc2018-dev", "xquad-en-zh", "rgb-fact", "rgb-zh", "covidqa-longdocs")


def sets_folder(env: Mapping[str, str] = os.environ, beside: Path = _BESIDE) -> Path | None:
    """Where the public sets lie; None if they are not there.

    Raises:
        SystemExit: the variable names no folder.
    """
    named = env.get(_VARIABLE)
    if named and not Path(named).is_dir():
        raise SystemExit(f"{_VARIABLE} names no folder: {named}")
    folder = Path(named) if named else beside
    return folder if folder.is_dir() else None


def handbook(sets: Path | None) -> Path:
    """A folder of documents to index."""
    folder = None if sets is None else sets / _HANDBOOK
    return folder if folder is not None and folder.is_dir() else COMPANY


def corpora(sets: Path | None) -> list[Path]:
    """Sets with passages (`corpus.jsonl`) and questions (`queries.jsonl`); none without them."""
    found = [] if sets is None else [sets / name for name in _CORPORA]
    return [one for one in found if (one / "corpus.jsonl").is_file()]


def described(sets: Path | None) -> str:
    """One line on what is measured on, and how it would be more."""
    lacking = [
        what
        for what, there in (
            ("the handbook hb-mattermost", handbook(sets) != COMPANY),
            ("the passages of the public sets", bool(corpora(sets))),
        )
        if not there
    ]
    if not lacking:
        return "measured on the public sets"
    return (
        f"measured on the sample company, not on {' and '.join(lacking)}: "
        f"{_VARIABLE} names the folder that holds them"
    )
