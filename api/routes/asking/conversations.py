"""The asker's own conversations, and feedback on their answers."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter
from starlette.responses import Response

from api.auth import Asker, Running
from api.routes.requests import FeedbackIn
from assistant.conversation import export, history
from assistant.conversation.answer_json import answer_to_json, time_text

router = APIRouter(prefix="/v1", tags=["conversations"])


@router.get("/conversations")
def list_conversations(asker: Asker, runtime: Running) -> dict[str, Any]:
    """The asker's conversations, newest first."""
    found = history.conversations(runtime.library.catalogue, asker)
    return {
        "conversations": [
            {
                "id": one.id,
                "title": one.title,
                "created_at": time_text(one.created_at),
                "updated_at": time_text(one.updated_at),
            }
            for one in found
        ]
    }


@router.get("/conversations/{conversation_id}")
def read_conversation(conversation_id: str, asker: Asker, runtime: Running) -> dict[str, Any]:
    """One conversation; answers that rest on what the asker may not read any more are withheld."""
    found = history.read(runtime.library.catalogue, conversation_id, asker)
    return {
        "id": found.id,
        "title": found.title,
        "turns": [answer_to_json(one) for one in found.turns],
    }


@router.delete("/conversations/{conversation_id}", status_code=204)
def delete_conversation(conversation_id: str, asker: Asker, runtime: Running) -> None:
    """Deletes one conversation with its answers."""
    history.delete(runtime.library.catalogue, conversation_id, asker)


@router.get("/conversations/{conversation_id}/export")
def export_conversation(
    conversation_id: str,
    asker: Asker,
    runtime: Running,
    format: Literal["markdown", "json", "html"] = "markdown",
) -> Response:
    """One conversation as a file, with its footnotes."""
    found = history.read(runtime.library.catalogue, conversation_id, asker)
    media_type, text = export.export(found, format)
    suffix = {"markdown": "md", "json": "json", "html": "html"}[format]
    return Response(
        text,
        media_type=f"{media_type}; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="conversation.{suffix}"',
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


@router.post("/feedback", status_code=204)
def give_feedback(body: FeedbackIn, asker: Asker, runtime: Running) -> None:
    """A rating of an answer that was given to the asker; a second one replaces the first."""
    history.give_feedback(
        runtime.library.catalogue, body.answer_id, asker, body.rating, body.reason, body.comment
    )
