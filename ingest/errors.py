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


class IndexCorrupt(IngestError):
    """A derived index cannot be opened; rebuild it from the catalogue."""


class HomeLocked(IngestError):
    """Another process has this index open."""
