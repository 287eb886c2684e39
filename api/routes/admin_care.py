"""Care of the index: proving that it is true, mending it, building it anew, backing it up."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from api.auth import Admin, Running
from api.models import CheckIn
from ingest.backup import write_backup

router = APIRouter(prefix="/v1/admin", tags=["admin"])


@router.get("/check")
def check(_: Admin, runtime: Running) -> dict[str, Any]:
    """Compares catalogue and indexes, passage by passage; changes nothing."""
    return runtime.library.check().to_json()


@router.post("/check")
def check_and_repair(_: Admin, runtime: Running, body: CheckIn | None = None) -> dict[str, Any]:
    """Compares catalogue and indexes; with `repair` mends what differs."""
    return runtime.library.check(repair=(body or CheckIn()).repair).to_json()


@router.post("/rebuild")
def rebuild(_: Admin, runtime: Running) -> dict[str, int]:
    """Builds both indexes anew from the catalogue; questions are answered meanwhile."""
    return {"passages": runtime.library.rebuild()}


@router.post("/backup")
def backup(_: Admin, runtime: Running) -> FileResponse:
    """An archive of catalogue and uploads, consistent while everything goes on."""
    library = runtime.library
    place = tempfile.TemporaryDirectory(dir=library.settings.home, prefix=".backup-")
    file = Path(place.name) / "backup.tar.gz"
    try:
        write_backup(library.catalogue, library.settings.home, file)
    except BaseException:
        place.cleanup()
        raise
    name = f"footnote-{datetime.now(UTC):%Y-%m-%d-%H%M%S}.tar.gz"
    return FileResponse(
        file,
        media_type="application/gzip",
        filename=name,
        background=BackgroundTask(place.cleanup),
    )
