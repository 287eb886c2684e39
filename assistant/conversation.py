"""Conversations as their owner may see them today.

A recorded answer holds words of documents. Whenever one is read back, every document it rests on
must still be there and readable for the asker; if one is not, the answer's words are withheld, in
the page, in exports and in what a language model is told of the conversation.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.access import scope_of
from assistant.errors import NoConversation
from assistant.types import Answer, Citation, Principal, Statement, Status, Turn, Verdict
from assistant.wire import answer_from_json, answer_to_json
from ingest.catalogue import conversations as rows
from ingest.catalogue.conversations import ConversationRow
from ingest.catalogue.engine import Catalogue
from ingest.catalogue.reading import live_versions, readable_documents
from ingest.errors import NotFound

WITHHELD = (
    "[This answer is no longer shown: a document it rests on was removed, or you may not read it "
    "any more. Ask again for an answer from today's documents.]"
)

FORMATS = ("markdown", "json", "html")
"""What a conversation can be exported as."""


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
        named = {one for answer in answers for one in _documents(answer)}
        readable = readable_documents(connection, named, scope_of(asker))
        live = live_versions(connection, readable)
    return Conversation(
        row.id,
        row.title,
        tuple(
            _marked(answer, live) if _documents(answer) <= readable else _withhold(answer)
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


def export(conversation: Conversation, form: str) -> tuple[str, str]:
    """The conversation as a file: its media type and its text; `form` is one of `FORMATS`."""
    if form == "json":
        body = {
            "id": conversation.id,
            "title": conversation.title,
            "turns": [answer_to_json(one) for one in conversation.turns],
        }
        return "application/json", json.dumps(body, ensure_ascii=False, indent=2)
    if form == "html":
        return "text/html", _as_html(conversation)
    return "text/markdown", _as_markdown(conversation)


def _documents(answer: Answer) -> frozenset[str]:
    cited = {one.document_id for one in answer.citations}
    return frozenset(cited | {one.document_id for one in answer.nearest})


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


def _as_markdown(conversation: Conversation) -> str:
    parts = [f"# {_plain(conversation.title)}"]
    for answer in conversation.turns:
        parts.append(f"## {_plain(answer.question)}")
        parts.append(answer.text)
        if answer.citations:
            parts.append(
                "\n".join(
                    f"[{one.number}] {_plain(one.title)} ({_where(one)}): “{_plain(one.quote)}”"
                    for one in answer.citations
                )
            )
    return "\n\n".join(parts) + "\n"


def _as_html(conversation: Conversation) -> str:
    title = html.escape(conversation.title)
    parts = [f"<!doctype html><html><head><meta charset='utf-8'><title>{title}</title></head>"]
    parts.append(f"<body><h1>{title}</h1>")
    for answer in conversation.turns:
        parts.append(f"<h2>{html.escape(answer.question)}</h2>")
        parts.extend(f"<p>{html.escape(line)}</p>" for line in _lines(answer.text))
        if answer.citations:
            parts.append("<ol>")
            parts.extend(
                f"<li value='{one.number}'>{html.escape(one.title)} ({html.escape(_where(one))})"
                f"<blockquote>{html.escape(one.quote)}</blockquote></li>"
                for one in answer.citations
            )
            parts.append("</ol>")
    parts.append("</body></html>")
    return "\n".join(parts)


def _where(citation: Citation) -> str:
    changed = "changed since" if citation.changed_since else ""
    return ", ".join(part for part in (citation.uri, citation.location, changed) if part)


def _lines(text: str) -> Sequence[str]:
    return [line for line in text.splitlines() if line.strip()]


def _plain(text: str) -> str:
    return " ".join(text.split())
