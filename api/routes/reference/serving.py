"""GET /docs, with nothing from outside and no script of strangers."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, HTMLResponse

from api.routes.reference.page import page

docs_router = APIRouter(include_in_schema=False)

_HERE = Path(__file__).parent


@docs_router.get("/docs.css")
def style() -> FileResponse:
    """The reference's style."""
    return FileResponse(_HERE / "reference.css", media_type="text/css")


@docs_router.get("/docs.js")
def script() -> FileResponse:
    """What sends the requests that are tried out."""
    return FileResponse(_HERE / "tryout.js", media_type="text/javascript")


@docs_router.get("/docs")
def docs(request: Request) -> HTMLResponse:
    """Every call with what goes in and what comes out."""
    return HTMLResponse(page(request.app.openapi()))
