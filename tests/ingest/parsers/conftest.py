import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.types import BlockKind, ParsedDocument
from tests.repository import ROOT

REPOSITORY = ROOT


@pytest.fixture(scope="session")
def public_file() -> Callable[[str], bytes]:
    """Reads a file of the public evaluation sets; the test is skipped where there are none."""
    root = Path(os.environ.get("FOOTNOTE_EVALSETS", REPOSITORY.parent / "shared" / "evalsets"))

    def read(path: str) -> bytes:
        if not (root / path).is_file():
            pytest.skip(f"public evaluation sets are not at {root} (set FOOTNOTE_EVALSETS)")
        return (root / path).read_bytes()

    return read


@pytest.fixture(scope="session")
def texts() -> Callable[..., list[str]]:
    """The texts of a document's blocks, of one kind or of all."""

    def of(document: ParsedDocument, kind: BlockKind | None = None) -> list[str]:
        return [
            document.text[block.start : block.end]
            for block in document.blocks
            if kind is None or block.kind is kind
        ]

    return of


@pytest.fixture(scope="session")
def is_sound() -> Callable[[ParsedDocument], bool]:
    """Whether blocks lie inside the text, in order, apart, none empty, with nothing between."""

    def check(document: ParsedDocument) -> bool:
        end = 0
        for block in document.blocks:
            if not end <= block.start < block.end <= len(document.text):
                return False
            if document.text[end : block.start].strip():
                return False
            if not document.text[block.start : block.end].strip():
                return False
            end = block.end
        return not document.text[end:].strip()

    return check
