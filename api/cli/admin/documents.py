"""`footnote documents`: every document that is known, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.connected import AsJson, connected, show_list

if TYPE_CHECKING:
    from api.cli.client import Client

_PAGE = 1000


def documents(
    source: Annotated[str | None, typer.Option(help="Only this source's.")] = None,
    failed: Annotated[
        bool, typer.Option("--failed", help="Only those that are not indexed, whatever the reason.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List documents by source and path: state, reason, source, path."""
    with connected() as client:
        if source is not None:
            _refuse_unknown(client, source)
        found = _found(client, source, failed=failed, limit=limit)
    show_list(
        found,
        ["state", "reason", "source", "path"],
        ([one["state"], one["reason"], one["source"], one["path"]] for one in found["documents"]),
        as_json=as_json,
    )
    shown = len(found["documents"])
    if shown < found["total"] and not as_json:
        # Beside the list, not in it: other tools read that.
        typer.echo(f"{shown} of {found['total']} are shown; --limit shows more", err=True)


def _found(client: Client, source: str | None, *, failed: bool, limit: int) -> dict[str, Any]:
    """The documents and how many there are in all, as the API sends them."""
    if not failed:
        return _in_state(client, source, None, limit)
    from ingest.types import DocumentState

    others = [
        _in_state(client, source, state.value, limit)
        for state in DocumentState
        if state is not DocumentState.INDEXED
    ]
    together = [one for found in others for one in found["documents"]]
    together.sort(key=lambda one: (one["source"], one["path"]))
    return {"total": sum(found["total"] for found in others), "documents": together[:limit]}


def _in_state(client: Client, source: str | None, state: str | None, limit: int) -> dict[str, Any]:
    query = {name: value for name, value in (("source", source), ("state", state)) if value}
    documents: list[dict[str, Any]] = []
    while True:
        page = client.call(
            "GET",
            "/v1/admin/documents",
            limit=min(_PAGE, limit - len(documents)),
            offset=len(documents),
            **query,
        )
        documents += page["documents"]
        if not page["documents"] or len(documents) >= min(limit, page["total"]):
            return {"total": page["total"], "documents": documents}


def _refuse_unknown(client: Client, source: str) -> None:
    """An empty list would say that the source has no documents.

    Raises:
        ApiError: there is no source of this name.
    """
    from api.cli.client import ApiError

    known = {one["name"] for one in client.call("GET", "/v1/admin/sources")["sources"]}
    if source not in known | {"uploads"}:
        raise ApiError(f"there is no source called {source!r}; `footnote sources list` shows them")
