"""Answers and passages as the JSON of the HTTP contract, and recorded answers read back."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, overload

from assistant.retrieval.whereabouts import reference_of
from assistant.types import (
    Answer,
    Citation,
    Mode,
    Nearest,
    Passage,
    Reference,
    Statement,
    Status,
    Timings,
    Usage,
    Verdict,
)

_SHOWN_CHARACTERS = 2000


@overload
def time_text(moment: datetime) -> str: ...


@overload
def time_text(moment: None) -> None: ...


@overload
def time_text(moment: datetime | None) -> str | None: ...


def time_text(moment: datetime | None) -> str | None:
    """A moment as RFC 3339 in UTC, to the second."""
    if moment is None:
        return None
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def answer_to_json(answer: Answer) -> dict[str, Any]:
    """The body of `POST /v1/ask`."""
    return {
        "id": answer.id,
        "conversation_id": answer.conversation_id,
        "question": answer.question,
        "standalone_question": answer.standalone_question,
        "status": answer.status.value,
        "mode": answer.mode.value,
        "text": answer.text,
        "statements": [
            {"text": one.text, "citations": list(one.citations), "verdict": one.verdict.value}
            for one in answer.statements
        ],
        "citations": [_reference_to_json(one) for one in answer.citations],
        "nearest": [asdict(one) for one in answer.nearest],
        "note": answer.note,
        "timings": asdict(answer.timings),
        "usage": asdict(answer.usage),
    }


def answer_from_json(body: dict[str, Any]) -> Answer:
    """The inverse of `answer_to_json`."""
    return Answer(
        id=body["id"],
        conversation_id=body["conversation_id"],
        question=body["question"],
        standalone_question=body["standalone_question"],
        status=Status(body["status"]),
        mode=Mode(body["mode"]),
        text=body["text"],
        statements=tuple(
            Statement(one["text"], tuple(one["citations"]), Verdict(one["verdict"]))
            for one in body["statements"]
        ),
        citations=tuple(_citation_from_json(one) for one in body["citations"]),
        timings=Timings(**body["timings"]),
        usage=Usage(**body["usage"]),
        nearest=tuple(Nearest(**one) for one in body["nearest"]),
        note=body["note"],
    )


def passage_to_json(passage: Passage) -> dict[str, Any]:
    """One result of `POST /v1/search`; offsets and version let a page open it highlighted."""
    return {
        **_reference_to_json(reference_of(passage.chunk)),
        "language": passage.chunk.language,
        "text": passage.text[:_SHOWN_CHARACTERS],
        "start": passage.start,
        "end": passage.end,
        "score": round(passage.score, 4),
        "why": {
            "lexical_rank": passage.why.lexical_rank,
            "dense_rank": passage.why.dense_rank,
            "words": list(passage.why.words),
            "fields": list(passage.why.fields),
            "strength": round(passage.strength, 3),
        },
    }


def _reference_to_json(one: Reference) -> dict[str, Any]:
    return {
        **asdict(one),
        "headings": list(one.headings),
        "modified_at": time_text(one.modified_at),
    }


def _citation_from_json(body: dict[str, Any]) -> Citation:
    modified = body["modified_at"]
    return Citation(
        **{
            **body,
            "headings": tuple(body["headings"]),
            "modified_at": datetime.fromisoformat(modified) if modified else None,
        }
    )
