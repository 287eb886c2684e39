"""Care of the index: proving that it is true, mending it, building it anew, backing it up."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from api.auth import Admin, Running
from api.routes.bodies.care import CheckIn, CheckReport, Rebuilt
from api.routes.refusals import refuses
from ingest.care.backup import write_backup

router = APIRouter(prefix="/v1/admin", tags=["admin: index"])

_ARCHIVE: dict[str, Any] = {
    "description": "A gzipped tar.",
    "content": {"application/gzip": {"schema": {"type": "string", "format": "binary"}}},
}


@router.get("/check", responses=refuses(503))
def check(_: Admin, runtime: Running) -> CheckReport:
    """Compares catalogue and indexes, passage by passage; changes nothing."""
    return CheckReport.model_validate(runtime.library.check().to_json())


@router.post("/check", responses=refuses(503))
def check_and_repair(_: Admin, runtime: Running, body: CheckIn | None = None) -> CheckReport:
    """Compares catalogue and indexes; with `repair` mends what differs."""
    report = runtime.library.check(repair=(body or CheckIn()).repair)
    return CheckReport.model_validate(report.to_json())


@router.post("/rebuild", responses=refuses(503))
def rebuild(_: Admin, runtime: Running) -> Rebuilt:
    """Builds both indexes anew from the catalogue; questions are answered meanwhile."""
    return Rebuilt(passages=runtime.library.rebuild())


@router.post(
    "/backup",
    response_class=StreamingResponse,
    responses={200: _ARCHIVE, **refuses(503)},
)
def back_up(_: Admin, runtime: Running) -> StreamingResponse:
    """An archive of catalogue and uploads, consistent while everything goes on."""
    library = runtime.library
    with tempfile.TemporaryDirectory(dir=library.settings.home, prefix=".backup-") as place:
        path = Path(place) / "backup.tar.gz"
        write_backup(library.catalogue, library.settings.home, path)
        size = path.stat().st_size
        file = path.open("rb")  # it has no name any more when it is sent: nothing can be left over
    name = f"footnote-{datetime.now(UTC):%Y-%m-%d-%H%M%S}.tar.gz"
    headers = {
        "Content-Length": str(size),
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    return StreamingResponse(_parts(file), media_type="application/gzip", headers=headers)


def _parts(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while part := file.read(1 << 20):
            yield part
