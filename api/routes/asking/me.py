"""Who the asker is, and which sources they can narrow a search to."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from api.auth import Asker, Running
from assistant.access import scope_of
from ingest.store.catalogue.readable.documents import readable_sources

router = APIRouter(prefix="/v1", tags=["asking"])


@router.get("/me")
def me(asker: Asker) -> dict[str, Any]:
    """The principal behind the key."""
    return {
        "id": asker.id,
        "name": asker.name,
        "role": asker.role.value,
        "groups": sorted(asker.groups),
    }


@router.get("/sources")
def sources(asker: Asker, runtime: Running) -> dict[str, Any]:
    """The sources in which the asker can read at least one document."""
    with runtime.library.catalogue.read() as connection:
        names = readable_sources(connection, scope_of(asker))
    return {"sources": [{"name": name} for name in names]}
