"""An archive on this machine's disk: .zip, .tar, .tar.gz, .tgz, .tar.bz2 or .tar.xz.

It is unpacked below the source's folder whenever it changed. Archives come from strangers: what
one may hold is limited before anything is unpacked, names that lead outside refuse it, links and
devices are left out, and archives inside it are not opened. An archive that cannot be unpacked
wholly changes nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

from pydantic import Field

from ingest.errors import SourceError, Stopped
from ingest.sources.archive.tar_entries import tar_entries
from ingest.sources.archive.unpacking import DAMAGED, Entry, Guard
from ingest.sources.archive.zip_entries import zip_entries
from ingest.sources.copies import stamped, write_stamped
from ingest.sources.interface import Options, Place, go_on, options_of
from ingest.sources.walk import Walk, walk

_ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")


class ArchiveOptions(Options):
    """How much an archive may hold, in megabytes unpacked and in files."""

    most_mb: Annotated[int, Field(ge=1, le=1_000_000)] = 2_000
    most_files: Annotated[int, Field(ge=1, le=1_000_000)] = 20_000


class ArchiveConnector:
    """The files inside an archive."""

    def __init__(self, place: Place) -> None:
        """Takes `ArchiveOptions`."""
        self._place = place
        self._options = options_of("archive", ArchiveOptions, place.options)
        self._archive = Path(place.path)
        self._unpacked = place.folder / "unpacked.json"
        self.root = place.folder / "files"

    def check(self) -> None:
        """The archive is there and keeps to the limits."""
        with self._entries() as entries:
            for _ in entries:
                pass

    def list_files(self, stop: threading.Event) -> Walk:
        """Unpacks the archive if it changed, and lists what was in it."""
        state = self._state()
        if not (self.root.is_dir() and self._remembered() == state):
            self._unpack(stop)
            write_stamped(self._unpacked, json.dumps(state).encode(), 0)
        return walk(self.root, self._place.include, self._place.exclude)

    def read(self, path: str) -> Path:
        """The unpacked file."""
        return self.root / path

    def address(self, path: str) -> str | None:
        """None: it is inside the archive."""
        return None

    def _unpack(self, stop: threading.Event) -> None:
        """Beside the files that were there; they change places when all is well."""
        fresh = self._place.folder / "fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        with self._entries() as entries:
            for entry in entries:
                go_on(stop)
                _write(fresh / entry.path, entry)
        self._unpacked.unlink(missing_ok=True)
        shutil.rmtree(self.root, ignore_errors=True)
        fresh.replace(self.root)

    @contextmanager
    def _entries(self) -> Iterator[Iterator[Entry]]:
        """The archive's entries; whatever is wrong with it becomes an error that says so."""
        name = self._archive.name.lower()
        if not name.endswith(_ENDINGS):
            raise SourceError(
                f"{self._archive} is no archive that can be read; there are {', '.join(_ENDINGS)}"
            )
        try:
            packed = self._archive.stat().st_size
            guard = Guard(self._options.most_mb * 1_000_000, self._options.most_files, packed)
            entries = zip_entries if name.endswith(".zip") else tar_entries
            with open(self._archive, "rb") as file, closing(entries(file, guard)) as opened:
                yield opened
        except FileNotFoundError as exc:
            raise SourceError(
                f"there is no file {self._archive} on the machine that runs Footnote"
            ) from exc
        except Stopped:
            raise
        except SourceError as exc:
            raise SourceError(f"{self._archive}: {exc}; nothing was changed") from exc
        except OSError as exc:
            raise SourceError(
                f"{self._archive} cannot be unpacked ({exc.strerror or exc}); nothing was changed"
            ) from exc

    def _state(self) -> list[object]:
        try:
            about = self._archive.stat()
        except OSError as exc:
            raise SourceError(
                f"{self._archive} is not there (is the drive mounted?); nothing was changed"
            ) from exc
        return [str(self._archive), about.st_size, about.st_mtime_ns]

    def _remembered(self) -> object:
        try:
            return json.loads(self._unpacked.read_bytes())
        except (OSError, ValueError):
            return None


def _write(target: Path, entry: Entry) -> None:
    """Unpacks one file; its time carries a fingerprint of what is in it."""
    crc = 0
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        with entry.open() as packed, open(target, "xb") as file:
            while part := packed.read(1 << 20):
                crc = zlib.crc32(part, crc)
                file.write(part)
    except DAMAGED as exc:
        raise SourceError(f"its file {entry.path} is damaged ({exc})") from exc
    mtime_ns = stamped(entry.modified_s, crc)
    os.utime(target, ns=(mtime_ns, mtime_ns))
