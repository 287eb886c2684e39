"""`footnote ask` and `search`: questions from a shell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.connected import AsJson, connected, console_here

if TYPE_CHECKING:
    from api.cli.client import Client


def ask(
    question: str,
    as_groups: Annotated[
        list[str] | None,
        typer.Option(help="Ask with the rights of an employee in this group; may be repeated."),
    ] = None,
    as_json: AsJson = False,
    mode: Annotated[str | None, typer.Option(help="`extractive` or `generated`.")] = None,
) -> None:
    """Ask a question; you ask as the admin of this machine, unless --as-groups says otherwise."""
    from api.cli.terminal import show_footnotes

    console = console_here()
    body = {"question": question, **({"mode": mode} if mode else {})}
    answer: dict[str, Any] = {}
    with connected() as admin, _acting(admin, as_groups) as client:
        for name, data in client.events("POST", "/v1/ask", body):
            if name == "answer":
                answer = data
    if as_json:
        print(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    console.print(answer["text"], markup=False, highlight=False, soft_wrap=True)
    show_footnotes(console, answer)


def search(
    query: str,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 10,
    as_groups: Annotated[
        list[str] | None, typer.Option(help="Search with the rights of an employee in this group.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find passages."""
    from api.cli.terminal import show_results

    with connected() as admin, _acting(admin, as_groups) as client:
        found = client.call("POST", "/v1/search", {"query": query, "limit": limit})
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        show_results(console_here(), found["results"])


@contextmanager
def _acting(admin: Client, groups: list[str] | None) -> Iterator[Client]:
    if groups is None:
        yield admin
        return
    other = admin.acting_as(groups)
    try:
        yield other
    finally:
        admin.forget(other)
