"""For load balancers and monitoring."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from api.auth import Running, admin_only, who_asks
from api.settings import is_loopback

router = APIRouter(tags=["operation"])


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process lives."""
    return {"status": "ok"}


@router.get("/readyz")
def readyz(runtime: Running) -> Response:
    """Questions are answered; `note` says what is still going on in the background."""
    try:
        with runtime.library.catalogue.read() as connection:
            connection.exec_driver_sql("SELECT 1")
    except Exception:  # whatever is wrong with the database, the server is not ready
        return JSONResponse({"status": "the catalogue does not answer"}, 503)
    body: dict[str, Any] = {"status": "ready", "note": runtime.library.ready()}
    return JSONResponse(body)


@router.get("/metrics")
def metrics(request: Request, runtime: Running) -> Response:
    """Prometheus metrics: open to this machine, else for admin keys."""
    client = request.client
    proxied = "forwarded" in request.headers or "x-forwarded-for" in request.headers
    if client is None or not is_loopback(client.host) or proxied:
        admin_only(who_asks(request, runtime))
    return Response(
        runtime.metrics.page(runtime.library),
        media_type="text/plain; version=0.0.4; charset=utf-8",
    )
