"""Conversations and recorded answers, as rows; what an answer means is `assistant`'s business."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from ingest.errors import NotFound
from ingest.store.catalogue.database.schema import (
    answer,
    answer_document,
    conversation,
    feedback,
    seen_event,
)
from ingest.store.catalogue.database.upsert import insert_missing, upsert


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A conversation of one principal."""

    id: str
    principal: str
    title: str
    created_at: datetime
    updated_at: datetime


def open_conversation(tx: Connection, conversation_id: str, principal: str, title: str) -> None:
    """Starts a conversation, or moves an existing one of the same principal to the top."""
    now = datetime.now(UTC)
    updated = tx.execute(
        update(conversation)
        .where(conversation.c.id == conversation_id, conversation.c.principal == principal)
        .values(updated_at=now)
    )
    if updated.rowcount == 0:
        tx.execute(
            insert(conversation).values(
                id=conversation_id,
                principal=principal,
                title=title,
                created_at=now,
                updated_at=now,
            )
        )


def find(connection: Connection, conversation_id: str, principal: str) -> ConversationRow:
    """The principal's own conversation.

    Raises:
        NotFound: there is none, or it is somebody else's (the same message for both).
    """
    row = connection.execute(
        select(conversation).where(
            conversation.c.id == conversation_id, conversation.c.principal == principal
        )
    ).one_or_none()
    if row is None:
        raise NotFound("there is no such conversation of yours")
    return ConversationRow(*row)


def of_principal(connection: Connection, principal: str, limit: int = 100) -> list[ConversationRow]:
    """The principal's conversations, newest first."""
    statement = (
        select(conversation)
        .where(conversation.c.principal == principal)
        .order_by(conversation.c.updated_at.desc())
        .limit(limit)
    )
    return [ConversationRow(*row) for row in connection.execute(statement)]


def remove(tx: Connection, conversation_id: str, principal: str) -> None:
    """Deletes the principal's own conversation with its answers.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    find(tx, conversation_id, principal)
    tx.execute(delete(conversation).where(conversation.c.id == conversation_id))


def record_answer(
    tx: Connection,
    *,
    answer_id: str,
    conversation_id: str,
    principal: str,
    status: str,
    mode: str,
    body: Mapping[str, Any],
    documents: Iterable[str],
) -> None:
    """Keeps an answer and which documents it rests on."""
    tx.execute(
        insert(answer).values(
            id=answer_id,
            conversation_id=conversation_id,
            principal=principal,
            status=status,
            mode=mode,
            body=dict(body),
            created_at=datetime.now(UTC),
        )
    )
    insert_missing(
        tx,
        answer_document,
        [{"answer_id": answer_id, "document_id": one} for one in sorted(set(documents))],
    )


def answers_of(connection: Connection, conversation_id: str) -> list[dict[str, Any]]:
    """The recorded bodies of a conversation's answers, oldest first."""
    statement = (
        select(answer.c.body)
        .where(answer.c.conversation_id == conversation_id)
        .order_by(answer.c.created_at, answer.c.id)
    )
    return [dict(body) for body in connection.scalars(statement)]


def answer_owner(connection: Connection, answer_id: str) -> str | None:
    """The principal an answer was given to, None if there is no such answer."""
    owner: str | None = connection.scalar(
        select(answer.c.principal).where(answer.c.id == answer_id)
    )
    return owner


def give_feedback(
    tx: Connection,
    answer_id: str,
    principal: str,
    rating: str,
    reason: str | None,
    comment: str | None,
) -> None:
    """Keeps a person's rating of an answer; a second one replaces the first."""
    upsert(
        tx,
        feedback,
        [
            {
                "answer_id": answer_id,
                "principal": principal,
                "rating": rating,
                "reason": reason,
                "comment": comment,
                "created_at": datetime.now(UTC),
            }
        ],
    )


def first_sight(tx: Connection, event_id: str, keep: timedelta = timedelta(days=2)) -> bool:
    """True the first time an event id is seen, False for a redelivery; forgets after `keep`."""
    now = datetime.now(UTC)
    tx.execute(delete(seen_event).where(seen_event.c.seen_at < now - keep))
    return insert_missing(tx, seen_event, [{"id": event_id, "seen_at": now}]) == 1
