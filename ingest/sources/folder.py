"""A folder of this machine, read where it is."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from ingest.errors import SourceError
from ingest.sources.interface import Options, Place, options_of
from ingest.sources.walk import Walk, walk, walk_some


class FolderOptions(Options):
    """`poll` is for folders whose changes cause no events: most network file systems."""

    poll: bool = False


class FolderConnector:
    """Files below a folder; symbolic links are not followed."""

    def __init__(self, place: Place) -> None:
        """Takes whether the folder is watched by looking again and again (`poll`)."""
        options_of("folder", FolderOptions, place.options)
        self._place = place
        self.root = Path(place.path)

    def check(self) -> None:
        """The folder is there."""
        if self._place.path.startswith(("http://", "https://")):
            raise SourceError(
                f"{self._place.path} is an address, not a folder; say which kind of source it is "
                '("kind": "web" or "git")'
            )
        if not self.root.is_dir():
            raise SourceError(f"{self.root} is not a folder on the machine that runs Footnote")

    def list_files(self, stop: threading.Event) -> Walk:
        """The wanted files below the folder."""
        return walk(self.root, self._place.include, self._place.exclude)

    def list_some(self, paths: Sequence[str]) -> Walk:
        """The wanted files among some paths, and below those that are folders."""
        return walk_some(self.root, paths, self._place.include, self._place.exclude)

    def read(self, path: str) -> Path:
        """The file itself."""
        return self.root / path

    def address(self, path: str) -> str | None:
        """None: the path says it all."""
        return None
