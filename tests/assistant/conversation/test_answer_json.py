"""Recorded answers: those of earlier versions open, and their JSON stays what it was."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from assistant.conversation.answer_json import answer_from_json, answer_to_json
from assistant.types import Mode, Status, Verdict

RECORDED: dict[str, Any] = {
    "id": "ans_1",
    "conversation_id": "conv_1",
    "question": "And how many carry over?",
    "standalone_question": "How many days of annual leave carry over?",
    "status": "partial",
    "mode": "generated",
    "text": "Five days carry over [1]. Dogs get none.",
    "statements": [
        {"text": "Five days carry over.", "citations": [1], "verdict": "supported"},
        {"text": "Dogs get none.", "citations": [], "verdict": "unsupported"},
    ],
    "citations": [
        {
            "number": 1,
            "document_id": "doc_1",
            "version": 3,
            "title": "Leave",
            "uri": "handbook/leave.pdf",
            "source": "handbook",
            "page": 2,
            "headings": ["Leave", "Annual leave"],
            "start": 40,
            "end": 62,
            "quote": "Five days carry over.",
            "modified_at": "2026-03-01T08:00:00Z",
            "owner": "Ada",
            "location": "page 2 · Leave › Annual leave",
            "changed_since": False,
        },
        {
            "number": 2,
            "document_id": "doc_2",
            "version": 1,
            "title": "年假",
            "uri": "handbook/年假.md",
            "source": "handbook",
            "page": None,
            "headings": [],
            "start": 0,
            "end": 4,
            "quote": "五天结转",
            "modified_at": None,
            "owner": None,
            "location": "",
            "changed_since": True,
        },
    ],
    "nearest": [
        {"document_id": "doc_9", "title": "Travel", "uri": "travel.md", "source": "handbook"}
    ],
    "note": "nothing about dogs",
    "timings": {"retrieve_ms": 12.5, "first_token_ms": None, "total_ms": 31.0},
    "usage": {
        "model": "scripted",
        "prompt_tokens": 900,
        "completion_tokens": 20,
        "cost_usd": 0.002,
        "cached": False,
    },
}


def test_a_recorded_answer_opens_and_is_written_as_it_was() -> None:
    """Field for field: what clients read today they can read tomorrow."""
    answer = answer_from_json(copy.deepcopy(RECORDED))
    assert json.loads(json.dumps(answer_to_json(answer))) == RECORDED


def test_a_recorded_answer_means_what_it_meant() -> None:
    """Status, mode and verdicts are known by their names."""
    answer = answer_from_json(copy.deepcopy(RECORDED))
    assert (answer.status, answer.mode) == (Status.PARTIAL, Mode.GENERATED)
    assert [one.verdict for one in answer.statements] == [Verdict.SUPPORTED, Verdict.UNSUPPORTED]
    assert answer.statements[0].citations == (1,)
    assert answer.citations[0].quote == "Five days carry over."


@pytest.mark.parametrize("field", ["location", "changed_since"])
def test_an_answer_from_before_a_field_opens(field: str) -> None:
    """Footnotes that were recorded without it have none."""
    body = copy.deepcopy(RECORDED)
    for citation in body["citations"]:
        del citation[field]
    again = answer_to_json(answer_from_json(body))
    assert [one[field] for one in again["citations"]] in (["", ""], [False, False])
