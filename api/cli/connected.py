"""What commands have in common: settings, a client of the index, a console, how lists look."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from api.cli.client import Client
    from api.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", help="Print what the server sent, as JSON.")]
Groups = Annotated[list[str] | None, typer.Option("--group", "-g", help="May be repeated.")]


def settings_or_exit(**overrides: Any) -> Settings:
    """The settings; a wrong one is said in one line, with exit code 2."""
    from api.settings import SettingsError, load_settings

    try:
        return load_settings(**overrides)
    except SettingsError as exc:
        print(f"footnote: {exc}", file=sys.stderr)
        raise typer.Exit(2) from exc


@contextmanager
def connected() -> Iterator[Client]:
    """A client of the running server, or of one that lives as long as the block."""
    from api.cli.client import connect
    from api.observe.logs import quiet

    settings = settings_or_exit()
    quiet()
    with connect(settings) as client:
        yield client


def console_here() -> Console:
    """Where a command shows what it has to say."""
    from rich.console import Console

    return Console()


def job_states(client: Client, job_id: str) -> Iterator[dict[str, Any]]:
    """The job whenever it moved, until it is finished."""
    for _, state in client.events("GET", f"/v1/admin/jobs/{job_id}/events"):
        yield state


def show_list(
    found: Any, columns: list[str], rows: Iterable[Iterable[str]], *, as_json: bool
) -> None:
    """A list under its header row, or `found`, which it was made of, as JSON."""
    from api.cli.terminal import show_table

    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        show_table(console_here(), columns, rows)
