"""GET /v1/documents/{id}: what a footnote opens."""

from __future__ import annotations

import mimetypes
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import FileResponse

from api.auth import Asker, Running
from assistant.access import scope_of
from assistant.conversation.answer_json import time_text
from ingest.store.catalogue.readable.documents import DocumentRecord, document_record, version_text

router = APIRouter(prefix="/v1/documents", tags=["documents"])

# A page of ours must never run a document's scripts, so only these are shown in the browser.
_SHOWN_INLINE = {".pdf": "application/pdf", ".txt": "text/plain", ".md": "text/plain"}


def document_json(record: DocumentRecord) -> dict[str, Any]:
    """A document's metadata as sent."""
    return {
        "id": record.id,
        "title": record.title,
        "source": record.source,
        "path": record.path,
        "uri": f"{record.source}/{record.path}",
        "version": record.version,
        "language": record.language,
        "state": record.state,
        "reason": record.reason,
        "pages": record.pages,
        "size": record.size,
        "modified_at": time_text(record.modified_at),
        "indexed_at": time_text(record.indexed_at),
        "owner": record.owner,
        "metadata": record.details,
    }


@router.get("/{document_id}")
def document(document_id: str, asker: Asker, runtime: Running) -> dict[str, Any]:
    """A document's metadata; 404 for one that the asker may not read, as for one that is not.

    `address` is where on the web the original is, null for what lies in a folder.
    """
    scope = scope_of(asker)
    with runtime.library.catalogue.read() as connection:
        record = document_record(connection, document_id, scope)
    return {**document_json(record), "address": runtime.library.address(document_id, scope)}


@router.get("/{document_id}/text")
def text(
    document_id: str,
    asker: Asker,
    runtime: Running,
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> dict[str, Any]:
    """The canonical text of a version (default: the live one), which quotes are exact against.

    `changed_since` says that it is not the live version any more.
    """
    with runtime.library.catalogue.read() as connection:
        found = version_text(connection, document_id, version, scope_of(asker))
    return {
        "document_id": found.document_id,
        "version": found.version,
        "live_version": found.live_version,
        "changed_since": found.version != found.live_version,
        "title": found.title,
        "text": found.text,
        "blocks": [{**asdict(block), "headings": list(block.headings)} for block in found.blocks],
    }


@router.get("/{document_id}/file", response_class=FileResponse)
def file(document_id: str, asker: Asker, runtime: Running) -> FileResponse:
    """The original file."""
    path = runtime.library.original(document_id, scope_of(asker))
    suffix = path.suffix.lower()
    inline = _SHOWN_INLINE.get(suffix)
    guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return FileResponse(
        path,
        media_type=inline or guessed,
        filename=path.name,
        content_disposition_type="inline" if inline else "attachment",
        headers={"Content-Security-Policy": "sandbox; default-src 'none'"},
    )
