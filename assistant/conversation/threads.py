"""Conversations in a chat's threads, whose ids the bot itself gives."""

from __future__ import annotations

from assistant.types import Principal
from ingest.errors import NotFound
from ingest.store.catalogue import conversations as rows
from ingest.store.catalogue.database.engine import Catalogue


def is_known(catalogue: Catalogue, conversation_id: str, owner: Principal) -> bool:
    """Whether there is such a conversation of the owner's."""
    try:
        with catalogue.read() as connection:
            rows.find(connection, conversation_id, owner.id)
    except NotFound:
        return False
    return True


def begin(catalogue: Catalogue, conversation_id: str, owner: Principal, title: str) -> None:
    """Starts a conversation under an id that was chosen for it; one that is there goes on."""
    with catalogue.write() as tx:
        rows.open_conversation(tx, conversation_id, owner.id, title)


def owner_of(catalogue: Catalogue, answer_id: str) -> str | None:
    """The id of the principal to whom an answer was given, None if there is no such answer."""
    with catalogue.read() as connection:
        return rows.answer_owner(connection, answer_id)


def first_sight(catalogue: Catalogue, message: str) -> bool:
    """True once for a message, however often it is delivered, also after a restart."""
    with catalogue.write() as tx:
        return rows.first_sight(tx, message)
