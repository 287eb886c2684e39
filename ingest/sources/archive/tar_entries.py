"""Entries of a tar file, plain or packed with gzip, bzip2 or xz."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
from collections.abc import Generator
from functools import partial
from typing import IO, Any, cast

from ingest.errors import SourceError
from ingest.sources.archive.unpacking import DAMAGED, Entry, Guard, safe_path

_HEADERS = 64 * 2**20
"""Bytes that headers and padding may take beside the files themselves."""

_MOST_AT_ONCE = 16 * 2**20
"""No header is as large as this; reading one at once would fill the memory."""


def tar_entries(file: IO[bytes], guard: Guard) -> Generator[Entry]:
    """The plain files of a tar file, in its order; each is to be read before the next is taken.

    Raises:
        SourceError: it is damaged, a trap or too large.
    """
    stream = _Bounded(_unpacked(file), guard.most_bytes + _HEADERS)
    try:
        # The class reads from anything that has `read`, which is all that a stream mode wants.
        with tarfile.open(fileobj=cast(Any, stream), mode="r|", encoding="utf-8") as archive:
            for member in archive:
                guard.admit(member.size)
                path = safe_path(member.name)
                if path is None or not member.isreg() or member.issparse():
                    continue
                opened = partial(_open, archive, member)
                yield Entry(path, int(member.mtime), opened)
    except (*DAMAGED, gzip.BadGzipFile) as exc:
        raise SourceError(f"it is damaged or incomplete, or no tar file at all ({exc})") from exc


def _open(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    opened = archive.extractfile(member)
    assert opened is not None  # only plain files become entries
    return opened


def _unpacked(file: IO[bytes]) -> IO[bytes]:
    head = file.read(6)
    file.seek(0)
    if head.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.GzipFile(fileobj=file))
    if head.startswith(b"BZh"):
        return bz2.BZ2File(file)
    if head.startswith(b"\xfd7zXZ\0"):
        return lzma.LZMAFile(file)
    return file


class _Bounded:
    """A stream that ends with an error after so many bytes, and never gives too much at once."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self._stream = stream
        self._left = limit

    def read(self, size: int) -> bytes:
        if size > _MOST_AT_ONCE:
            raise SourceError("it has a header of more than 16 MB; do not trust it")
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise SourceError("it unpacks to more than it may (option most_mb)")
        return data
