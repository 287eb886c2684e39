"""GET /v1/documents/{id}: what a footnote opens."""

from __future__ import annotations

import mimetypes
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import FileResponse

from api.auth import Caller, Running
from api.routes.bodies.documents import DocumentText, DocumentWithAddress
from api.routes.refusals import refuses
from assistant.access import scope_of
from ingest.store import overview

router = APIRouter(prefix="/v1/documents", tags=["documents"])

# A page of ours must never run a document's scripts, so only these are shown in the browser.
_SHOWN_INLINE = {".pdf": "application/pdf", ".txt": "text/plain", ".md": "text/plain"}

_FILE = {
    "description": "The file as it lies in its source, of whatever kind it is.",
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}


@router.get("/{document_id}", responses=refuses(404, 422))
def read_document(document_id: str, asker: Caller, runtime: Running) -> DocumentWithAddress:
    """A document's metadata; 404 for one that the asker may not read, as for one that is not.

    `address` is where on the web the original is, null for what lies in a folder.
    """
    scope = scope_of(asker)
    record = overview.document(runtime.library.catalogue, document_id, scope)
    address = runtime.library.address(document_id, scope)
    return DocumentWithAddress.of(record, address=address)


@router.get("/{document_id}/text", responses=refuses(404))
def read_document_text(
    document_id: str,
    asker: Caller,
    runtime: Running,
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> DocumentText:
    """The canonical text of a version (default: the live one), which quotes are exact against.

    `changed_since` says that it is not the live version any more.
    """
    catalogue = runtime.library.catalogue
    return DocumentText.of(overview.text(catalogue, document_id, version, scope_of(asker)))


@router.get(
    "/{document_id}/file",
    response_class=FileResponse,
    responses={200: _FILE, **refuses(404, 422)},
)
def read_document_file(document_id: str, asker: Caller, runtime: Running) -> FileResponse:
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
