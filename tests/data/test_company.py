"""The sample company is what its README says, and every golden answer is in its file."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import ParseError
from ingest.parsers.formats import SUFFIXES, parse
from ingest.store.catalogue.access.classes import AccessRule, groups_for
from tests.repository import ROOT

DATA = ROOT / "data"
COMPANY = DATA / "company"
FILES = sorted(
    path.relative_to(COMPANY).as_posix() for path in COMPANY.rglob("*") if path.is_file()
)
GOLDEN = [json.loads(line) for line in (DATA / "golden.jsonl").read_text("utf-8").splitlines()]
RULES = tuple(
    AccessRule(one["pattern"], frozenset(one["groups"]))
    for one in json.loads((DATA / "access.json").read_text("utf-8"))["access"]
)
BROKEN = "suppliers/framework-contract-broken.pdf"
SCAN = "suppliers/delivery-note-scan.pdf"


@cache
def _text(path: str) -> str:
    """The file's text with its table headers, white space made one."""
    parsed = parse((COMPANY / path).read_bytes(), path)
    headers = {block.table_header or "" for block in parsed.blocks}
    return " ".join(f"{parsed.text} {' '.join(sorted(headers))}".split())


def _han(text: str) -> int:
    return len(re.findall(r"[\u4e00-\u9fff]", text))


def test_there_is_enough_of_every_kind() -> None:
    """At least 45 documents, and so many of each supported format as the README says."""
    assert len(FILES) >= 45
    kinds = Counter(Path(path).suffix for path in FILES)
    assert set(kinds) <= SUFFIXES
    least = {".pdf": 7, ".docx": 7, ".pptx": 3, ".xlsx": 4, ".csv": 2, ".html": 3, ".md": 8}
    least |= {".txt": 3, ".eml": 2, ".json": 1, ".jsonl": 1}
    assert {kind for kind, number in least.items() if kinds[kind] < number} == set()
    assert sum((COMPANY / path).stat().st_size for path in FILES) < 3_000_000


def test_a_third_is_in_chinese() -> None:
    """Counted by what is written in the files, not by their names."""
    readable = [path for path in FILES if path != BROKEN]
    chinese = [path for path in readable if _han(_text(path)) > 100]
    assert len(chinese) >= len(readable) / 3


def test_long_documents_have_pages() -> None:
    """A footnote can point to a page, so PDFs have several; two and more are in Chinese."""
    pages = {
        path: max(block.page or 0 for block in parse((COMPANY / path).read_bytes(), path).blocks)
        for path in FILES
        if path.endswith(".pdf") and path not in (BROKEN, SCAN)
    }
    assert sum(number >= 2 for number in pages.values()) >= 7
    assert sum(number >= 2 and _han(_text(path)) > 100 for path, number in pages.items()) >= 2


def test_a_formula_gives_its_result() -> None:
    """Sums are indexed as the numbers that a spreadsheet program shows."""
    assert "Total | 26910 | 28830" in _text("finance/budget-2026.xlsx")
    assert "Year | 253 | 255 | 246" in _text("people/payroll-calendar-2026.xlsx")
    assert "合计 | | | 803 | 515" in _text("zh/备件库存与安全库存.xlsx")


def test_notes_attachments_and_quoted_replies_are_there() -> None:
    """Slides have speaker's notes; one mail has an attachment and quotes another mail."""
    assert "use it in contracts only" in _text("marketing/brand-guide.pptx")
    mail = (COMPANY / "news/water-shut-off.eml").read_bytes()
    assert b'filename="rooms.csv"' in mail
    assert b"> On 7 November Priya Raman wrote:" in mail


def test_the_new_travel_policy_replaces_the_old() -> None:
    """Both say from when they hold, and the numbers differ."""
    old, new = (_text(f"policies/travel-policy-{year}.pdf") for year in (2024, 2025))
    assert "Effective from 15 January 2024" in old
    assert "165 GBP" in old
    assert "Effective from 1 February 2025. This policy replaces" in new
    assert "190 GBP" in new


@pytest.mark.parametrize("question", GOLDEN, ids=lambda one: one["id"])
def test_golden_answers_are_in_their_files(question: dict[str, Any]) -> None:
    """Each answerable question names its files and words that really are in them."""
    assert question["answerable"] == bool(question["files"])
    texts = [_text(path) for path in question["files"]]
    for answer in question["answers"]:
        assert any(" ".join(answer.split()) in text for text in texts), answer
    for path, text in zip(question["files"], texts, strict=True):
        assert any(answer in text for answer in question["answers"]), path


def test_codes_without_an_answer_are_in_no_file() -> None:
    """An unanswerable question's code or product is nowhere in the company."""
    asked = " ".join(one["question"] for one in GOLDEN if not one["answerable"])
    codes = re.findall(r"[A-Z]{2,}-\d+", asked)
    assert len(codes) >= 3
    for path in FILES:
        if path != BROKEN:
            assert not [code for code in codes if code in _text(path)], path


def test_restricted_questions_name_a_group_that_may_read() -> None:
    """And a question that names no group is answered from documents for everyone."""
    for question in GOLDEN:
        groups = set(question.get("as_groups", ["everyone"]))
        assert ("as_groups" in question) == (question["type"] == "restricted")
        for path in question["files"]:
            assert groups & set(groups_for(path, RULES)), question["id"]


def test_golden_questions_are_as_many_and_as_mixed_as_promised() -> None:
    """Sixty, ten of them without an answer, in both languages and across them."""
    assert len(GOLDEN) == len({one["id"] for one in GOLDEN}) == 60
    assert sum(not one["answerable"] for one in GOLDEN) == 10
    assert sum(one["type"] == "cross-language" for one in GOLDEN) == 10
    own = Counter(
        one["language"] for one in GOLDEN if one["type"] not in ("cross-language", "unanswerable")
    )
    assert own == {"en": 24, "zh": 16}


def test_verified_quotes_are_verbatim() -> None:
    """What somebody vouches for rests on the exact words of a document."""
    with (DATA / "verified-answers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 10
    for row in rows:
        assert row["quote"] in _text(row["source_path"])


def test_restricted_folders_are_restricted() -> None:
    """Salaries, budgets and board papers are not for everyone; the rest is."""
    for path in FILES:
        restricted = path.split("/")[0] in ("hr", "finance", "board")
        assert ("everyone" in groups_for(path, RULES)) is not restricted


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
