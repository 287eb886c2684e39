"""Keeping an answer in its asker's conversation, with the documents it rests on."""

from __future__ import annotations

from assistant.conversation.answer_json import answer_to_json
from assistant.types import Answer, Principal
from ingest.store.catalogue import conversations as rows
from ingest.store.catalogue.database.engine import Catalogue

_TITLE_CHARACTERS = 80


def record(catalogue: Catalogue, answer: Answer, asker: Principal) -> None:
    """Keeps the answer; a new conversation is called after its first question."""
    with catalogue.write() as tx:
        rows.open_conversation(tx, answer.conversation_id, asker.id, _title(answer.question))
        rows.record_answer(
            tx,
            answer_id=answer.id,
            conversation_id=answer.conversation_id,
            principal=asker.id,
            status=answer.status.value,
            mode=answer.mode.value,
            body=answer_to_json(answer),
            documents=documents_of(answer),
        )


def documents_of(answer: Answer) -> frozenset[str]:
    """The documents whose words or names the answer holds."""
    cited = {one.document_id for one in answer.citations}
    return frozenset(cited | {one.document_id for one in answer.nearest})


def _title(question: str) -> str:
    line = " ".join(question.split())
    return line if len(line) <= _TITLE_CHARACTERS else line[: _TITLE_CHARACTERS - 1] + "…"
