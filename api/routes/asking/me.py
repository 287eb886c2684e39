"""Who the asker is, and which sources they can narrow a search to."""

from __future__ import annotations

from fastapi import APIRouter

from api.auth import Caller, Running
from api.routes.bodies.accounts import Me
from api.routes.bodies.sources import ReadableSource, ReadableSourceList
from assistant.access import scope_of
from ingest.store import overview

router = APIRouter(prefix="/v1", tags=["asking"])


@router.get("/me")
def me(asker: Caller) -> Me:
    """The principal behind the key."""
    return Me.of(asker)


@router.get("/sources")
def list_readable_sources(asker: Caller, runtime: Running) -> ReadableSourceList:
    """The sources in which the asker can read at least one document."""
    names = overview.readable_sources(runtime.library.catalogue, scope_of(asker))
    return ReadableSourceList(sources=[ReadableSource(name=name) for name in names])
