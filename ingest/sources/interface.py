"""What a connector is: the way from a source to files that can be read on this machine.

A new kind of source is one file in this package with one class of this shape, and one line in
`ingest.sources.kinds.KINDS`. Its class is called with a `Place` and raises `SourceError` there if
the place is described wrongly: `options` come from strangers, and `options_of` checks them. Then

- `check` looks at the place and changes nothing; it is asked before a source is saved,
- `list_files` says which files are there now. What lies elsewhere is copied below `place.folder`
  first. When it fails nothing has changed, for what cannot be listed must not be taken for deleted,
- `read` is where a listed file's bytes are on this disk.

A file counts as changed when its size or its time did. Where a place has times of whole seconds
only, the fraction of the second can carry a fingerprint of the content (see `copies.stamped`).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from ingest.errors import SourceError, Stopped
from ingest.sources.walk import Walk


@dataclass(frozen=True, slots=True)
class Place:
    """A source as its connector sees it.

    `path` is the folder, address or archive. `folder` is the connector's own, for copies and for
    what it must remember; it may be lost at any time, which costs fetching everything again.
    `allow_private` is the setting that lets options ask for addresses inside the own network.
    """

    path: str
    folder: Path
    include: tuple[str, ...] = ("**/*",)
    exclude: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    allow_private: bool = False


class Connector(Protocol):
    """The way to one source's files; used by one thread at a time, `read` by any."""

    @property
    def root(self) -> Path:
        """The folder of this machine below which `read` finds files."""

    def check(self) -> None:
        """Whether the place can be used.

        Raises:
            SourceError: it cannot, and why.
        """

    def list_files(self, stop: threading.Event) -> Walk:
        """The wanted files that are there now; gives up soon after `stop` is set.

        Raises:
            SourceError: the place cannot be listed; nothing has changed.
            Stopped: `stop` was set (see `go_on`).
        """

    def read(self, path: str) -> Path:
        """Where the bytes of a listed file are."""

    def address(self, path: str) -> str | None:
        """Where people find the original, None if only its path says so."""


class Options(BaseModel):
    """What a kind of source takes beside its path; unknown names are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


_O = TypeVar("_O", bound=Options)


def options_of(kind: str, wanted: type[_O], given: Mapping[str, Any]) -> _O:
    """The options of a source, checked.

    Raises:
        SourceError: one is unknown or wrong; the message names it and says which there are.
    """
    try:
        return wanted.model_validate(dict(given))
    except ValidationError as exc:
        known = ", ".join(sorted(wanted.model_fields)) or "none"
        said = []
        for error in exc.errors(include_url=False, include_input=False):
            name = ".".join(str(part) for part in error["loc"]) or "options"
            if error["type"] == "extra_forbidden":
                said.append(f"a {kind} source has no option {name!r} (it has: {known})")
            else:
                said.append(f"option {name}: {error['msg'].removeprefix('Value error, ')}")
        raise SourceError("; ".join(said)) from exc


def go_on(stop: threading.Event) -> None:
    """Nothing, unless the sync is to stop.

    Raises:
        Stopped: it is; nothing has been changed yet.
    """
    if stop.is_set():
        raise Stopped("the sync was stopped while it was fetching; nothing was changed")
