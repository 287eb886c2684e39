"""The sample company is what its README says, and every golden answer is in its file."""

from __future__ import annotations

import csv
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ingest.catalogue.access import AccessRule, groups_for
from ingest.errors import ParseError
from ingest.parsers import SUFFIXES, parse

DATA = Path(__file__).parents[2] / "data"
COMPANY = DATA / "company"
FILES = sorted(
    path.relative_to(COMPANY).as_posix() for path in COMPANY.rglob("*") if path.is_file()
)
GOLDEN = [json.loads(line) for line in (DATA / "golden.jsonl").read_text("utf-8").splitlines()]
BROKEN = "suppliers/framework-contract-broken.pdf"
SCAN = "suppliers/delivery-note-scan.pdf"


@cache
def _text(path: str) -> str:
    """The file's text with its table headers, white space made one."""
    parsed = parse((COMPANY / path).read_bytes(), path)
    headers = {block.table_header or "" for block in parsed.blocks}
    return " ".join(f"{parsed.text} {' '.join(sorted(headers))}".split())


def test_there_is_something_of_every_kind() -> None:
    """At least 40 documents, each supported format, about a third in Chinese."""
    assert len(FILES) >= 40
    kinds = {Path(path).suffix for path in FILES}
    needed = {".pdf", ".docx", ".pptx", ".xlsx", ".csv", ".html", ".md", ".txt", ".eml", ".json"}
    assert needed <= kinds <= SUFFIXES
    chinese = [path for path in FILES if re.search(r"[\u4e00-\u9fff]", path)]
    assert len(chinese) >= len(FILES) / 4


@pytest.mark.parametrize("question", GOLDEN, ids=lambda one: one["id"])
def test_golden_answers_are_in_their_files(question: dict[str, Any]) -> None:
    """Each answerable question names its files and words that really are in them."""
    assert question["answerable"] == bool(question["files"])
    texts = [_text(path) for path in question["files"]]
    for answer in question["answers"]:
        assert any(" ".join(answer.split()) in text for text in texts), answer


def test_golden_questions_are_as_many_and_as_mixed_as_promised() -> None:
    """Sixty, ten of them without an answer, in both languages and across them."""
    assert len(GOLDEN) == len({one["id"] for one in GOLDEN}) == 60
    assert sum(not one["answerable"] for one in GOLDEN) == 10
    assert sum(one["type"] == "cross-language" for one in GOLDEN) == 10
    assert {one["language"] for one in GOLDEN} == {"en", "zh"}


def test_verified_quotes_are_verbatim() -> None:
    """What somebody vouches for rests on the exact words of a document."""
    with (DATA / "verified-answers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 10
    for row in rows:
        assert row["quote"] in _text(row["source_path"])


def test_restricted_folders_are_restricted() -> None:
    """Salaries, budgets and board papers are not for everyone; the rest is."""
    source = json.loads((DATA / "access.json").read_text("utf-8"))
    rules = tuple(AccessRule(one["pattern"], frozenset(one["groups"])) for one in source["access"])
    for path in FILES:
        restricted = path.split("/")[0] in ("hr", "finance", "board")
        assert ("everyone" in groups_for(path, rules)) is not restricted


def test_the_scan_has_no_text_and_the_broken_file_says_so() -> None:
    """Both are reported with their reason when the company is indexed."""
    scan = parse((COMPANY / SCAN).read_bytes(), SCAN)
    assert (scan.text, scan.scanned_pages) == ("", (1,))
    with pytest.raises(ParseError, match="broken"):
        parse((COMPANY / BROKEN).read_bytes(), BROKEN)


def test_hidden_instructions_are_not_in_the_text() -> None:
    """What a reader of the page cannot see, the assistant is not told."""
    text = _text("suppliers/quartzworks-terms.html")
    assert "within 28 days" in text
    for hidden in ("maintenance mode", "ignore all earlier rules", "quartzworks-billing"):
        assert hidden not in text


def test_texts_in_chinese_encodings_are_read() -> None:
    """GB18030 and Big5 files give their words."""
    assert "返工率2.4%" in _text("zh/周例会纪要-2025-09-15.txt")
    assert "新台幣六十萬元" in _text("zh/經銷商合作須知.txt")
