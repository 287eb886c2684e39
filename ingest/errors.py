"""Errors of the ingest package.

    IngestError
    ├── ParseError             a file that cannot be turned into text
    │   ├── UnsupportedFormat  no parser knows this kind of file
    │   └── ParseLimit         parsing took too long, too much memory or opened into too much
    ├── SourceError            a folder or other place that cannot be read as it is described
    │   └── Stopped            its listing was ended on request; it is to be done again
    ├── EmbedError             the embedding model or endpoint failed (`retryable`: later may do)
    ├── CatalogueError         the catalogue cannot be opened or written
    │   └── NotFound           there is no such row (or the asker may not know of it)
    ├── CannotWrite            the disk is full, or the state folder is read-only
    ├── BackupError            a backup cannot be made or restored
    ├── GenerationError        this cannot be done with this generation of the index
    ├── IndexCorrupt           a derived index cannot be opened; it is rebuilt from the catalogue
    └── HomeLocked             another process has this index open

Each message says what went wrong, with which file, and what to do.
"""

from __future__ import annotations


class IngestError(Exception):
    """Root of this package's errors; the message is fit to be shown to an admin."""


class ParseError(IngestError):
    """A file could not be turned into text; the message is the reason shown beside the file."""


class UnsupportedFormat(ParseError):
    """No parser knows this kind of file."""


class ParseLimit(ParseError):
    """Parsing was stopped: too long, too much memory, or an archive that opens into too much."""


class SourceError(IngestError):
    """A source's place or description is not usable."""


class Stopped(SourceError):
    """A source was being listed when it was asked to stop; nothing was changed."""


class EmbedError(IngestError):
    """The embedding model or endpoint failed."""

    def __init__(self, message: str, *, retryable: bool) -> None:
        super().__init__(message)
        self.retryable = retryable


class CatalogueError(IngestError):
    """The catalogue cannot be opened or written."""


class NotFound(CatalogueError):
    """There is no such row, or the asker may not know that there is."""


_FULL = ("no space left", "disk is full", "file too large", "quota exceeded", "storagefull")
_READ_ONLY = ("read-only", "readonly", "permission denied", "not permitted")


class CannotWrite(IngestError):
    """Something of the state folder cannot be written; what was published before stays."""

    @classmethod
    def because(cls, what: str, exc: BaseException) -> CannotWrite:
        """The error for a failed write of `what`, with what to do about its cause.

        The causes are told apart by their texts, which the system, SQLite and tantivy share.
        """
        said = str(exc).lower()
        if any(one in said for one in _FULL):
            return cls(
                f"{what} cannot be written: the disk (or a quota on it) is full; free some space "
                "and sync again, nothing that was published is lost"
            )
        if any(one in said for one in _READ_ONLY):
            return cls(
                f"{what} cannot be written: it is read-only for this user; make it writable, or "
                "set FOOTNOTE_HOME to a folder that is, and try again"
            )
        return cls(
            f"{what} cannot be written ({exc}): the disk is full or failing; free some space or "
            "repair it, and sync again, nothing that was published is lost"
        )

    @staticmethod
    def explains(exc: BaseException) -> bool:
        """Whether an error is one of writing, and not of what is written."""
        said = str(exc).lower()
        return any(one in said for one in (*_FULL, *_READ_ONLY))


class BackupError(IngestError):
    """A backup cannot be made or restored; nothing was changed."""


class GenerationError(IngestError):
    """This cannot be done with this generation of the index; nothing was changed."""


class IndexCorrupt(IngestError):
    """A derived index cannot be opened; rebuild it from the catalogue."""


class HomeLocked(IngestError):
    """Another process has this index open."""
