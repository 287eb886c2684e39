"""What an archive may hold: guards against traps, the same for every kind of archive."""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from ingest.errors import SourceError

MAX_RATIO = 200
"""How many times larger an archive may become, once it unpacks to more than `RATIO_FROM`."""

RATIO_FROM = 50 * 2**20
"""Bytes below which the ratio does not matter: small and repetitive files pack very well."""

DAMAGED = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
)
"""What the libraries raise over damaged bytes, or bytes packed in a way that they do not know."""

_LONGEST_NAME = 255
"""Bytes of one part of a path, as file systems have it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A plain file inside an archive: its safe POSIX path, its time, and its bytes.

    `modified_s` is in seconds since 1970; `open` reads the bytes once.
    """

    path: str
    modified_s: int
    open: Callable[[], IO[bytes]]


class Guard:
    """Adds up what an archive declares, and refuses too much before it is unpacked."""

    def __init__(self, most_bytes: int, most_files: int, packed: int) -> None:
        """`packed` is the archive's own size in bytes."""
        self._most_bytes = most_bytes
        self._most_files = most_files
        self._packed = packed
        self._bytes = 0
        self._files = 0

    @property
    def most_bytes(self) -> int:
        """What all files together may unpack to."""
        return self._most_bytes

    def admit(self, size: int) -> None:
        """Counts one more file.

        Raises:
            SourceError: that is too many, too much, or too much for the size of the archive.
        """
        self._files += 1
        self._bytes += size
        if self._files > self._most_files:
            raise SourceError(f"it holds more than {self._most_files:,} files (option most_files)")
        if self._bytes > self._most_bytes:
            raise SourceError(
                f"it unpacks to more than {self._most_bytes // 1_000_000:,} MB (option most_mb)"
            )
        if self._bytes > RATIO_FROM and self._bytes > MAX_RATIO * self._packed:
            raise SourceError(
                f"it unpacks to more than {MAX_RATIO} times its size, as a bomb does; if it is "
                "genuine, unpack it and make the folder a source"
            )


def safe_path(name: str) -> str | None:
    """The POSIX path of an entry, None for one that is no file of interest (a folder, "").

    Raises:
        SourceError: it is absolute, leads outside the archive or cannot be a file's name.
    """
    plain = name.replace("\\", "/")
    path = PurePosixPath(plain)
    parts = [part for part in path.parts if part != "."]
    if path.is_absolute() or ".." in parts or (parts and parts[0][1:2] == ":") or "\0" in name:
        raise SourceError(f"it names a path outside itself ({name[:80]!r}); do not trust it")
    if any(len(part.encode("utf-8", "replace")) > _LONGEST_NAME for part in parts):
        raise SourceError(f"it holds a file whose name is too long ({name[:80]!r}…)")
    if not parts or plain.endswith("/"):
        return None
    return "/".join(parts)
