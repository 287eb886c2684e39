"""The asker's own conversations, and feedback on their answers."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from api.auth import Caller, Running
from api.routes.bodies.asking import FeedbackIn
from api.routes.bodies.conversations import Conversation, ConversationEntry, ConversationList
from api.routes.refusals import refuses
from assistant.conversation import export, history
from assistant.conversation.answer_json import answer_to_json, time_text

router = APIRouter(prefix="/v1", tags=["conversations"])

_EXPORTED: dict[str, Any] = {
    "description": "The file.",
    "content": {
        "text/markdown": {"schema": {"type": "string"}},
        "text/html": {"schema": {"type": "string"}},
        "application/json": {"schema": {"$ref": "#/components/schemas/Conversation"}},
    },
}


@router.get("/conversations")
def list_conversations(asker: Caller, runtime: Running) -> ConversationList:
    """The asker's conversations, newest first."""
    found = history.conversations(runtime.library.catalogue, asker)
    return ConversationList(
        conversations=[
            ConversationEntry(
                id=one.id,
                title=one.title,
                created_at=time_text(one.created_at),
                updated_at=time_text(one.updated_at),
            )
            for one in found
        ]
    )


@router.get("/conversations/{conversation_id}", response_model=Conversation, responses=refuses(404))
def read_conversation(conversation_id: str, asker: Caller, runtime: Running) -> Response:
    """One conversation; answers that rest on what the asker may not read any more are withheld."""
    found = history.read(runtime.library.catalogue, conversation_id, asker)
    turns = [answer_to_json(one) for one in found.turns]
    return JSONResponse({"id": found.id, "title": found.title, "turns": turns})


@router.delete("/conversations/{conversation_id}", status_code=204, responses=refuses(404, 503))
def delete_conversation(conversation_id: str, asker: Caller, runtime: Running) -> None:
    """Deletes one conversation with its answers."""
    history.delete(runtime.library.catalogue, conversation_id, asker)


@router.get(
    "/conversations/{conversation_id}/export",
    response_class=Response,
    responses={200: _EXPORTED, **refuses(404)},
)
def export_conversation(
    conversation_id: str,
    asker: Caller,
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


@router.post("/feedback", status_code=204, responses=refuses(404, 503))
def give_feedback(body: FeedbackIn, asker: Caller, runtime: Running) -> None:
    """A rating of an answer that was given to the asker; a second one replaces the first."""
    history.give_feedback(
        runtime.library.catalogue, body.answer_id, asker, body.rating, body.reason, body.comment
    )
