"""Passages for tests: real shapes with foreseeable offsets."""

from __future__ import annotations

from typing import Any

from assistant.types import Passage, Question, Why
from ingest.text.language import language_of

WHY = Why(lexical_rank=1, dense_rank=None, words=(), fields=("body",))


def make_passage(text: str, *, start: int = 0, **more: Any) -> Passage:
    """A passage that is `text` at `start` of its document; everything else has a default."""
    defaults: dict[str, Any] = {
        "chunk_id": 1,
        "document_id": "doc_1",
        "version": 1,
        "title": "Leave policy",
        "source": "handbook",
        "path": "leave.md",
        "uri": "handbook/leave.md",
        "language": language_of(text),
        "text": text,
        "start": start,
        "end": start + len(text),
        "core_start": start,
        "core_end": start + len(text),
        "headings": (),
        "page": None,
        "page_end": None,
        "sheet": None,
        "row_start": None,
        "row_end": None,
        "table_header": None,
        "modified_at": None,
        "owner": None,
        "score": 1.0,
        "strength": 0.9,
        "why": WHY,
    }
    return Passage(**{**defaults, **more})


def make_question(text: str = "How many days of annual leave?", **more: Any) -> Question:
    """A question in the language of its text."""
    return Question(text, more.pop("language", language_of(text)), **more)
