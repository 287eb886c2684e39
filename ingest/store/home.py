"""The state folder of one process: its lock, its mark of a crash, and what lies where in it."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ingest.errors import CannotWrite, HomeLocked

LOCK = "lock"
OPEN = "open"
"""Stands in the folder while a process works in it, and is left there by one that was killed."""

UPLOADED = "uploads"
"""The folder of uploaded files."""

BACKUP_PART = ".backup-"
"""How the folders begin in which backups are put together."""


@contextmanager
def writing_in(folder: Path) -> Iterator[None]:
    """What the system refuses below a state folder is told as that.

    Raises:
        CannotWrite: the disk is full, or the folder is read-only.
    """
    try:
        yield
    except OSError as exc:
        raise CannotWrite.because(f"the state folder {folder}", exc) from exc


class Home:
    """The state folder, held by this process until it is closed."""

    def __init__(self, folder: Path) -> None:
        """Takes the folder, making it on first use.

        Raises:
            HomeLocked: another process has it open.
            CannotWrite: it cannot be made or written.
        """
        self.folder = folder
        self._lock = FileLock(folder / LOCK)
        with writing_in(folder):
            try:
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._lock.acquire(timeout=0)
            except Timeout as exc:
                raise HomeLocked(
                    f"another Footnote process has {folder} open; talk to it over HTTP, or stop "
                    "it first"
                ) from exc

    def begin(self) -> bool:
        """From here on something may be written, and an end without `close` is a crash.

        Returns whether the last process closed it.

        Raises:
            CannotWrite: the disk is full, or the folder is read-only.
        """
        mark = self.folder / OPEN
        clean = not mark.exists()
        with writing_in(self.folder):
            mark.touch()
        return clean

    def uploads(self) -> Path:
        """The folder of uploaded files, made on first use."""
        folder = self.folder / UPLOADED
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def index_of(self, generation: int) -> Path:
        """The folder of a generation's index."""
        return self.folder / "index" / f"g{generation}"

    def drop_index(self, generation: int) -> None:
        """Removes the index of a generation."""
        shutil.rmtree(self.index_of(generation), ignore_errors=True)

    def tidy(self, generations: Collection[int]) -> None:
        """Removes what killed processes left, and indexes that are none of these generations."""
        for left in self.folder.glob(f"{BACKUP_PART}*"):
            shutil.rmtree(left, ignore_errors=True)
        known = {self.index_of(one) for one in generations}
        for folder in (self.folder / "index").glob("*"):
            if folder not in known:  # of a dropped generation, or of an older Footnote
                shutil.rmtree(folder, ignore_errors=True)

    def close(self, *, sound: bool = True) -> None:
        """Lets the folder go; where something in it is not `sound`, the next start looks at it."""
        if sound:
            with suppress(OSError):  # read-only by now: the next start then repairs
                (self.folder / OPEN).unlink(missing_ok=True)
        self._lock.release()
