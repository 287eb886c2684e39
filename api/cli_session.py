"""What every command begins with: the settings, a client of the server, a place to print."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from api.client import Client
    from api.settings import Settings


def settings(**overrides: Any) -> Settings:
    """The settings in force; a wrong one ends the command with exit code 2."""
    from api.settings import SettingsError, load_settings

    try:
        return load_settings(**overrides)
    except SettingsError as exc:
        print(f"footnote: {exc}", file=sys.stderr)
        raise typer.Exit(2) from exc


@contextmanager
def connected() -> Iterator[Client]:
    """A client of the running server, or of one that lives as long as the command."""
    from api.client import connect
    from api.logs import quiet

    found = settings()
    quiet()
    with connect(found) as client:
        yield client


def console() -> Console:
    """Where a command prints."""
    from rich.console import Console

    return Console()
