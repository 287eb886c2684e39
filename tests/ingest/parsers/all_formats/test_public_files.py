"""Every parser on real files that nobody here wrote, through the sandbox."""

import json
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.parsers.formats import SUFFIXES
from ingest.parsers.sandbox.outcome import ParseLimits
from ingest.parsers.sandbox.pool import ParserPool
from ingest.types import DocumentState, ParsedDocument
from tests.ingest.parsers.conftest import REPOSITORY

ROOT = Path(os.environ.get("FOOTNOTE_EVALSETS", REPOSITORY.parent / "shared" / "evalsets"))
SEED = 20260
pytestmark = [
    pytest.mark.evalsets,
    pytest.mark.skipif(
        not (ROOT / "parser-public" / "manifest.jsonl").is_file(),
        reason=f"public evaluation sets are not at {ROOT} (set FOOTNOTE_EVALSETS)",
    ),
]
KNOWN = set(DocumentState)


@pytest.fixture(scope="module")
def pool() -> Iterator[ParserPool[None]]:
    with ParserPool(2, ParseLimits(seconds=20, memory_mb=700)) as opened:
        yield opened


def _sample(files: list[Path], count: int) -> list[Path]:
    return random.Random(SEED).sample(sorted(files), min(count, len(files)))


def _files(folder: str) -> list[Path]:
    return [path for path in (ROOT / folder).rglob("*") if path.is_file()]


def _states(pool: ParserPool[None], files: list[Path]) -> dict[Path, tuple[DocumentState, str]]:
    outcomes = pool.parse_many((path, path.name) for path in files)
    return {
        path: (outcome.state, outcome.reason) for path, outcome in zip(files, outcomes, strict=True)
    }


def test_odd_and_broken_files_end_in_a_known_state(pool: ParserPool[None]) -> None:
    """Files from other projects' test suites: none hangs, crashes, or runs out of memory."""
    manifest = (ROOT / "parser-public" / "manifest.jsonl").read_text("utf-8").splitlines()
    files = [ROOT / "parser-public" / json.loads(line)["file"] for line in manifest]
    files = [path for path in files if path.is_file()]
    assert len(files) > 500
    for path, (state, reason) in _states(pool, files).items():
        assert state in KNOWN
        assert reason or state is DocumentState.INDEXED, path.name
        for trouble in ("crashed", "longer than", "of memory", "parser ended"):
            assert trouble not in reason, (path.name, reason)
        supported = path.suffix.lower() in SUFFIXES
        assert (state is DocumentState.UNSUPPORTED) == (not supported), path.name


def test_real_files_with_damage_end_in_a_known_state(
    pool: ParserPool[None], tmp_path: Path
) -> None:
    """Bytes overwritten, or the end cut off, in files of every format: there is always an end."""
    chance = random.Random(SEED)
    files = [p for p in _files("parser-public/files") + _files("hb-18f/files")]
    by_suffix: dict[str, list[Path]] = {}
    for path in sorted(files):
        if path.suffix.lower() in SUFFIXES and path.stat().st_size < 300_000:
            by_suffix.setdefault(path.suffix.lower(), []).append(path)
    damaged = []
    for suffix, originals in by_suffix.items():
        for n, original in enumerate(chance.sample(originals, min(15, len(originals)))):
            data = bytearray(original.read_bytes())
            for _ in range(chance.randint(1, 20)):
                at = chance.randrange(len(data) + 1)
                data[at : at + 2] = chance.randbytes(2)
            if n % 3 == 0:
                del data[chance.randrange(len(data)) :]
            copy = tmp_path / f"{n}{suffix}"
            copy.write_bytes(data)
            damaged.append(copy)
    for path, (state, reason) in _states(pool, damaged).items():
        assert state in KNOWN
        assert state is not DocumentState.UNSUPPORTED
        assert reason or state is DocumentState.INDEXED, path.name


def test_files_that_need_a_password_say_so(pool: ParserPool[None]) -> None:
    """Where the other parser asked for a password, the reason names it."""
    manifest = (ROOT / "parser-public" / "manifest.jsonl").read_text("utf-8").splitlines()
    known = [json.loads(line) for line in manifest]
    files = [
        ROOT / "parser-public" / one["file"]
        for one in known
        if one["file"].endswith("user-password.pdf")
    ]
    assert files
    for path, (state, reason) in _states(pool, files).items():
        assert state is DocumentState.FAILED, path.name
        assert "protected by a password" in reason


@pytest.mark.parametrize(
    "folder", ["hb-18f", "hb-basecamp", "hb-madetech", "hb-mattermost", "hb-sourcegraph"]
)
def test_handbooks_are_read(pool: ParserPool[None], folder: str) -> None:
    """Pages of company handbooks: what is no document is the exception, failures are none."""
    files = [p for p in _files(f"{folder}/files") if p.suffix.lower() in SUFFIXES]
    if not files:
        pytest.skip(f"{folder} is not there")
    states = _states(pool, _sample(files, 120))
    failed = {path: reason for path, (state, reason) in states.items() if state == "failed"}
    assert failed == {}
    read = sum(state is DocumentState.INDEXED for state, _ in states.values())
    assert read >= 0.9 * len(states)


@pytest.mark.parametrize("folder", ["financebench-pdf", "northwind-hr-pdf"])
def test_reports_are_read_page_by_page(
    pool: ParserPool[None], folder: str, is_sound: Callable[[ParsedDocument], bool]
) -> None:
    """Long PDFs: blocks are sound, in the order of their pages, on nearly every page."""
    files = [p for p in _files(f"{folder}/files") if p.stat().st_size < 700_000]
    if not files:
        pytest.skip(f"{folder} is not there")
    sample = _sample(files, 6)
    for path, outcome in zip(sample, pool.parse_many((p, p.name) for p in sample), strict=True):
        assert outcome.state is DocumentState.INDEXED, (path.name, outcome.reason)
        document = outcome.document
        assert document is not None
        assert is_sound(document)
        pages = [block.page for block in document.blocks]
        assert None not in pages
        assert pages == sorted(pages, key=int)
        assert document.pages is not None
        assert len(set(pages)) >= 0.9 * document.pages
        assert any(block.headings for block in document.blocks)


def test_laws_in_chinese_have_their_chapters(pool: ParserPool[None]) -> None:
    """Chinese policy documents are Chinese, and their chapters are heading paths."""
    files = [p for p in _files("hand-zh-labour-law/files") if p.suffix.lower() in SUFFIXES]
    if not files:
        pytest.skip("hand-zh-labour-law is not there")
    sample = _sample(files, 20)
    with_path = 0
    for path, outcome in zip(sample, pool.parse_many((p, p.name) for p in sample), strict=True):
        assert outcome.document is not None, (path.name, outcome.reason)
        assert outcome.document.language == "zh"
        with_path += any(block.headings for block in outcome.document.blocks)
    assert with_path >= 0.8 * len(sample)
