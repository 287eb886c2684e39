"""Answers, made by hand, for tests of how they are shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from assistant.types import (
    Answer,
    Citation,
    Mode,
    Statement,
    Status,
    Timings,
    Usage,
    Verdict,
)


def citation(number: int = 1, **more: Any) -> Citation:
    """A footnote to a leave policy, or what is said instead."""
    known: dict[str, Any] = {
        "number": number,
        "document_id": f"doc_{number}",
        "version": 3,
        "title": "Leave policy",
        "uri": "handbook/leave.pdf",
        "source": "handbook",
        "page": 2,
        "headings": ("Leave",),
        "start": 10,
        "end": 36,
        "quote": "Annual leave is 25 days.",
        "modified_at": datetime(2026, 3, 1, tzinfo=UTC),
        "owner": None,
        "location": "page 2 › Leave",
    }
    return Citation(**{**known, **more})


def answer(text: str = "Annual leave is 25 days [1].", **more: Any) -> Answer:
    """An answer with one footnote, or what is said instead."""
    known: dict[str, Any] = {
        "id": "ans_1",
        "conversation_id": "conv_1",
        "question": "How much leave?",
        "standalone_question": "How much leave?",
        "status": Status.ANSWERED,
        "mode": Mode.GENERATED,
        "text": text,
        "statements": (Statement("Annual leave is 25 days", (1,), Verdict.SUPPORTED),),
        "citations": (citation(),),
        "timings": Timings(1, None, 2),
        "usage": Usage("model", 11, 7, 0.0, False),
    }
    return Answer(**{**known, **more})
