"""Documents as admins see them: every state with its reason; uploads."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Form, Query, UploadFile
from pydantic import TypeAdapter, ValidationError

from api.auth import Admin, Running
from api.errors import Refusal
from api.routes.bodies.documents import Document, DocumentPage
from api.routes.bodies.fields import Group
from api.routes.refusals import refuses
from assistant.access import scope_of
from ingest.store import overview
from ingest.types import DocumentState

_GROUPS: TypeAdapter[frozenset[str]] = TypeAdapter(frozenset[Group])

router = APIRouter(prefix="/v1/admin/documents", tags=["admin: documents"])


@router.get("")
def list_documents(
    admin: Admin,
    runtime: Running,
    source: str | None = None,
    state: DocumentState | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> DocumentPage:
    """A page of documents, by source and path."""
    total, records = overview.page_of_documents(
        runtime.library.catalogue,
        scope_of(admin),
        source=source,
        state=state,
        limit=limit,
        offset=offset,
    )
    return DocumentPage(total=total, documents=[Document.of(one) for one in records])


@router.post("", status_code=201, responses=refuses(503))
def upload_document(
    admin: Admin,
    runtime: Running,
    file: Annotated[UploadFile, File(description="The file.")],
    path: Annotated[
        str | None,
        Form(max_length=1000, description="Where it stands among uploads; left out, its name."),
    ] = None,
    groups: Annotated[
        str | None,
        Form(
            max_length=10_000,
            description="Who may read it, separated by commas; left out, only admins may.",
        ),
    ] = None,
) -> Document:
    """Keeps and indexes a file; the same path again is a new version.

    `groups` is a comma-separated list of those who may read it; left out, only admins may.
    """
    name = path or file.filename
    if not name:
        raise Refusal(422, "path: give the file a name")
    limit = runtime.settings.max_upload_mb * 1_000_000
    data = file.file.read(limit + 1)
    if len(data) > limit:
        raise Refusal(
            413,
            f"the file is larger than {runtime.settings.max_upload_mb} MB (FOOTNOTE_MAX_UPLOAD_MB)",
        )
    allowed = None if groups is None else _groups(groups)
    document_id = runtime.library.upload(name, data, allowed)
    # The upload may have made a class that the admin's principal does not know yet.
    return Document.of(overview.any_document(runtime.library.catalogue, document_id))


@router.delete("/{document_id}", status_code=204, responses=refuses(404, 503))
def delete_document(document_id: str, _: Admin, runtime: Running) -> None:
    """Deletes a document; it is gone from every answer at once.

    A file that is still in its source's folder comes back with the next sync.
    """
    runtime.library.remove_document(document_id)


def _groups(listed: str) -> frozenset[str]:
    try:
        return _GROUPS.validate_python({one.strip() for one in listed.split(",") if one.strip()})
    except ValidationError as exc:
        raise Refusal(422, f"groups: {exc.errors()[0]['msg']}") from exc
