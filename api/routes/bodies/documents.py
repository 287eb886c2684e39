"""Documents and their text."""

from __future__ import annotations

from typing import Any, Self

from api.routes.bodies.fields import Moment, Sent, example
from assistant.conversation.answer_json import time_text
from ingest.store.catalogue.readable.documents import DocumentRecord, VersionText
from ingest.types import BlockKind, DocumentState

_DOCUMENT: dict[str, Any] = {
    "id": "doc_3b0f5f3f6f0d4c2c9e1a7b55",
    "title": "Leave",
    "source": "handbook",
    "path": "public/leave.md",
    "uri": "handbook/public/leave.md",
    "version": 2,
    "language": "en",
    "state": "indexed",
    "reason": "",
    "pages": None,
    "size": 112,
    "modified_at": "2025-11-03T09:12:44Z",
    "indexed_at": "2025-11-25T08:00:12Z",
    "owner": "people@example.com",
    "metadata": {"author": "People team"},
}
_BLOCK = {
    "kind": "paragraph",
    "start": 23,
    "end": 108,
    "page": None,
    "headings": ["Leave", "Annual leave"],
    "level": 0,
    "sheet": None,
    "row": None,
    "table_header": None,
}
_TEXT = (
    "Leave\n\nAnnual leave\n\nEmployees have 25 days of annual leave a year. Unused days carry "
    "over until 31 March."
)


class Document(Sent):
    """A document's metadata; `reason` says why its state is another than `indexed`.

    `version` is the live one, null where the document has no text; `size` is in bytes.
    """

    model_config = example(**_DOCUMENT)

    id: str
    title: str
    source: str
    path: str
    uri: str
    version: int | None
    language: str
    state: DocumentState
    reason: str
    pages: int | None
    size: int
    modified_at: Moment
    indexed_at: Moment
    owner: str | None
    metadata: dict[str, str]

    @classmethod
    def of(cls, record: DocumentRecord, **more: Any) -> Self:
        """As it is sent."""
        return cls(
            id=record.id,
            title=record.title,
            source=record.source,
            path=record.path,
            uri=f"{record.source}/{record.path}",
            version=record.version,
            language=record.language,
            state=DocumentState(record.state),
            reason=record.reason,
            pages=record.pages,
            size=record.size,
            modified_at=time_text(record.modified_at),
            indexed_at=time_text(record.indexed_at),
            owner=record.owner,
            metadata=record.details,
            **more,
        )


class DocumentWithAddress(Document):
    """A document's metadata; `address` is where on the web the original is, null for a file's."""

    model_config = example(**_DOCUMENT, address=None)

    address: str | None


class DocumentPage(Sent):
    """A page of documents, by source and path, and how many there are in all."""

    model_config = example(total=1, documents=[_DOCUMENT])

    total: int
    documents: list[Document]


class Block(Sent):
    """One structural stretch `text[start:end]`; pages and rows count from 1.

    `headings` is the path of headings above it, outermost first; `level` is that of a heading.
    """

    model_config = example(**_BLOCK)

    kind: BlockKind
    start: int
    end: int
    page: int | None
    headings: list[str]
    level: int
    sheet: str | None
    row: int | None
    table_header: str | None


class DocumentText(Sent):
    """The text of one version, which quotes are exact against; offsets count code points.

    `changed_since` says that it is not the live version any more.
    """

    model_config = example(
        document_id=_DOCUMENT["id"],
        version=2,
        live_version=2,
        changed_since=False,
        title="Leave",
        text=_TEXT,
        blocks=[_BLOCK],
    )

    document_id: str
    version: int
    live_version: int | None
    changed_since: bool
    title: str
    text: str
    blocks: list[Block]

    @classmethod
    def of(cls, found: VersionText) -> Self:
        """As it is sent."""
        return cls(
            document_id=found.document_id,
            version=found.version,
            live_version=found.live_version,
            changed_since=found.version != found.live_version,
            title=found.title,
            text=found.text,
            blocks=[Block.model_validate(one, from_attributes=True) for one in found.blocks],
        )
