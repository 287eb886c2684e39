"""Local copies of files that lie elsewhere: written whole, with the times they are known by."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ingest.errors import SourceError

_SECOND = 1_000_000_000
_LATEST = 4_102_444_800
"""The year 2100: whoever dates a file later is mistaken, and no file system has to keep it."""


def stamped(seconds: int, fingerprint: int) -> int:
    """A time in nanoseconds whose fraction of the second is a fingerprint of the content.

    So a change within the same second, and of the same size, is seen as one.
    """
    return min(max(seconds, 0), _LATEST) * _SECOND + fingerprint % _SECOND


def write_stamped(target: Path, data: bytes, mtime_ns: int) -> None:
    """Puts a local copy there whole, with its time; folders are made.

    Raises:
        SourceError: the disk does not take it.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        half = target.with_name(f".{os.getpid()}.part")
        half.write_bytes(data)
        os.utime(half, ns=(mtime_ns, mtime_ns))
        half.replace(target)
    except OSError as exc:
        raise SourceError(f"the copy {target} cannot be written ({exc.strerror})") from exc


def copies(root: Path) -> Iterator[tuple[str, int]]:
    """Every copy with its time; folders that became empty are removed on the way."""
    for folder, _, names in os.walk(root, topdown=False):
        for name in names:
            one = Path(folder, name)
            yield one.relative_to(root).as_posix(), one.lstat().st_mtime_ns
        if not os.listdir(folder):
            os.rmdir(folder)
