"""Uploaded files: the names they may have, and how they are kept."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from ingest.errors import CannotWrite, SourceError


def safe_relative(path: str) -> str:
    """The POSIX path inside the folder of uploads that a name stands for.

    Raises:
        SourceError: it is not a plain relative path.
    """
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]
    bad = not parts or any(
        part.startswith((".", "~$")) or set(part) & set("\0*?") or len(part.encode()) > 200
        for part in parts
    )
    if bad:
        raise SourceError(
            f"{path!r} cannot be the name of an uploaded file: give a relative path whose parts do "
            "not begin with a dot and hold no * or ?"
        )
    return "/".join(parts)


def write_whole(target: Path, data: bytes) -> None:
    """The file is wholly there or not at all.

    Raises:
        CannotWrite: the disk is full or read-only.
        SourceError: the file cannot be kept for another reason.
    """
    half = target.with_name(f".{target.name[:100]}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        half.write_bytes(data)
        half.replace(target)
    except OSError as exc:
        with suppress(OSError):
            half.unlink(missing_ok=True)
        if CannotWrite.explains(exc):
            raise CannotWrite.because(f"the uploaded file {target.name}", exc) from exc
        raise SourceError(f"the uploaded file cannot be kept ({exc.strerror})") from exc
