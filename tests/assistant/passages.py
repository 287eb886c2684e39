"""Passages and questions for tests: real shapes with foreseeable offsets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from assistant.analysis.passage import AnalysedPassage, PassageText, Wordings
from assistant.analysis.question import AnalysedQuestion, analyse_question
from assistant.types import Passage, Question, Why
from ingest.models.static import StaticModel
from ingest.models.translations import Translations
from ingest.text.language import language_of
from ingest.types import LiveChunk

WHY = Why(lexical_rank=1, dense_rank=None, words=(), fields=("body",))

OF_THE_PASSAGE = ("score", "strength", "why", "section_headings")


@cache
def static_model() -> StaticModel:
    """The built-in bilingual model."""
    return StaticModel.load()


@cache
def translations() -> Translations:
    """The built-in table of translations."""
    return Translations.load()


def make_chunk(text: str, *, start: int = 0, **more: Any) -> LiveChunk:
    """A chunk that is `text` at `start` of its document; everything else has a default."""
    defaults: dict[str, Any] = {
        "chunk_id": 1,
        "document_id": "doc_1",
        "version": 1,
        "ordinal": 0,
        "start": start,
        "end": start + len(text),
        "text": text,
        "headings": (),
        "language": language_of(text),
        "page_start": None,
        "page_end": None,
        "sheet": None,
        "row_start": None,
        "row_end": None,
        "table_header": None,
        "inner_headings": (),
        "title": "Leave policy",
        "source": "handbook",
        "path": "leave.md",
        "owner": None,
        "modified_at": datetime(2026, 1, 31, tzinfo=UTC),
        "content_hash": "0" * 64,
    }
    return LiveChunk(**{**defaults, **more})


def make_passage(text: str, *, start: int = 0, **more: Any) -> Passage:
    """A passage of one chunk, which is `text` at `start` of its document."""
    own = {name: more.pop(name) for name in OF_THE_PASSAGE if name in more}
    defaults: dict[str, Any] = {"score": 1.0, "strength": 0.9, "why": WHY}
    chunk = make_chunk(text, start=start, **more)
    return Passage(chunk, text, start, start + len(text), **{**defaults, **own})


def read(passages: Sequence[Passage]) -> list[AnalysedPassage]:
    """Passages as composers and checker take them."""
    wordings = Wordings(static_model())
    return [AnalysedPassage(one, PassageText(one.text, wordings)) for one in passages]


def make_question(text: str = "How many days of annual leave?", **more: Any) -> Question:
    """A question in the language of its text."""
    return Question(text, more.pop("language", language_of(text)), **more)


def asked(text: str = "How many days of annual leave?") -> AnalysedQuestion:
    """A question as the stages take it."""
    return analyse_question(text, static_model(), translations())
