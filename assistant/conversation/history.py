"""Conversations as their owner may see them today.

A recorded answer holds words of documents. Whenever one is read back, every document it rests on
must still be there and readable for the asker; if one is not, the answer's words are withheld, in
the page, in exports and in what a language model is told of the conversation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from assistant.access import scope_of
from assistant.conversation.answer_json import answer_from_json
from assistant.conversation.record import documents_of
from assistant.errors import NoConversation
from assistant.types import Answer, Principal, Statement, Status, Turn, Verdict
from ingest.errors import NotFound
from ingest.store.catalogue import conversations as rows
from ingest.store.catalogue.conversations import ConversationRow
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.readable.documents import live_versions, readable_documents

WITHHELD = (
    "[This answer is no longer shown: a document it rests on was removed, or you may not read it "
    "any more. Ask again for an answer from today's documents.]"
)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation with its answers, oldest first."""

    id: str
    title: str
    turns: tuple[Answer, ...]


def conversations(catalogue: Catalogue, asker: Principal) -> list[ConversationRow]:
    """The asker's own conversations, newest first. Titles are the asker's own first questions."""
    with catalogue.read() as connection:
        return rows.of_principal(connection, asker.id)


def read(catalogue: Catalogue, conversation_id: str, asker: Principal) -> Conversation:
    """The asker's own conversation; answers that rest on what they may not read are withheld.

    Raises:
        NoConversation: there is none, or it is somebody else's.
    """
    with catalogue.read() as connection:
        try:
            row = rows.find(connection, conversation_id, asker.id)
        except NotFound as exc:
            raise NoConversation(str(exc)) from exc
        answers = [answer_from_json(body) for body in rows.answers_of(connection, row.id)]
        named = {one for answer in answers for one in documents_of(answer)}
        readable = readable_documents(connection, named, scope_of(asker))
        live = live_versions(connection, readable, scope_of(asker))
    return Conversation(
        row.id,
        row.title,
        tuple(
            _marked(answer, live) if documents_of(answer) <= readable else _withhold(answer)
            for answer in answers
        ),
    )


def turns(conversation: Conversation, limit: int) -> tuple[Turn, ...]:
    """The last `limit` exchanges that may be shown, for understanding a follow-up question."""
    shown = [
        Turn(answer.standalone_question, answer.text)
        for answer in conversation.turns
        if answer.text != WITHHELD
    ]
    return tuple(shown[-limit:]) if limit else ()


def delete(catalogue: Catalogue, conversation_id: str, asker: Principal) -> None:
    """Deletes the asker's own conversation.

    Raises:
        NoConversation: there is none, or it is somebody else's.
    """
    with catalogue.write() as tx:
        try:
            rows.remove(tx, conversation_id, asker.id)
        except NotFound as exc:
            raise NoConversation(str(exc)) from exc


def give_feedback(
    catalogue: Catalogue,
    answer_id: str,
    asker: Principal,
    rating: str,
    reason: str | None = None,
    comment: str | None = None,
) -> None:
    """Keeps the asker's rating ("up" or "down") of an answer given to them.

    Raises:
        NotFound: there is no such answer of theirs.
    """
    with catalogue.write() as tx:
        if rows.answer_owner(tx, answer_id) != asker.id:
            raise NotFound("there is no such answer of yours")
        rows.give_feedback(tx, answer_id, asker.id, rating, reason, comment)


def _marked(answer: Answer, live: Mapping[str, int]) -> Answer:
    """The answer, with the footnotes marked whose documents have changed since."""
    citations = tuple(
        replace(one, changed_since=live.get(one.document_id) != one.version)
        for one in answer.citations
    )
    return replace(answer, citations=citations)


def _withhold(answer: Answer) -> Answer:
    return replace(
        answer,
        status=Status.NOT_FOUND,
        standalone_question=answer.question,
        text=WITHHELD,
        statements=(Statement(WITHHELD, (), Verdict.UNSUPPORTED),),
        citations=(),
        nearest=(),
        note="",
    )
