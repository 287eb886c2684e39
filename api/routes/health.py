"""For load balancers and monitoring."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from api.auth import Running, admin_only, who_asks
from api.routes.bodies.operation import Health, NotReady, Readiness
from api.routes.refusals import refuses
from api.settings import is_loopback
from ingest.store import overview

router = APIRouter(tags=["operation"])

_METRICS: dict[str, Any] = {
    "description": "Prometheus' text format.",
    "content": {"text/plain": {"schema": {"type": "string"}}},
}


@router.get("/healthz")
def health() -> Health:
    """The process lives."""
    return Health(status="ok")


@router.get(
    "/readyz",
    response_model=Readiness,
    responses={503: {"model": NotReady, "description": "No question can be answered."}},
)
def readiness(runtime: Running) -> Response:
    """Questions are answered; `note` says what is still going on in the background."""
    try:
        overview.ping(runtime.library.catalogue)
    except Exception:  # whatever is wrong with the database, the server is not ready
        return JSONResponse({"status": "the catalogue does not answer"}, 503)
    return JSONResponse({"status": "ready", "note": runtime.library.ready()})


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: _METRICS, **refuses(403)},
    openapi_extra={"security": [{}, {"key": []}]},
)
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
