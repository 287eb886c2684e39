"""Where the blocks of a web page go: into the document, or into the lines of a list item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ingest.parsers.canonical.assemble import Assembler
from ingest.parsers.canonical.table import Row, add_table, row_line
from ingest.types import BlockKind


class Sink(Protocol):
    """Takes blocks in their order."""

    def heading(self, text: str, level: int) -> None:
        """A heading; `level` 1 is the outermost."""

    def block(self, kind: BlockKind, text: str) -> None:
        """Anything else that is text."""

    def table(self, rows: Sequence[Row], headers: int | None) -> None:
        """A table; `headers` are its first rows that are heads, None if nobody knows."""


class Document:
    """Blocks of the page go into the document as they are."""

    def __init__(self, out: Assembler) -> None:
        self._out = out

    def heading(self, text: str, level: int) -> None:
        """See `Sink.heading`."""
        self._out.heading(text, level)

    def block(self, kind: BlockKind, text: str) -> None:
        """See `Sink.block`."""
        self._out.block(kind, text)

    def table(self, rows: Sequence[Row], headers: int | None) -> None:
        """See `Sink.table`."""
        add_table(self._out, rows, headers=headers)


class Lines:
    """Blocks inside a list item, a quotation or a cell become lines of it."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def heading(self, text: str, level: int) -> None:
        """See `Sink.heading`."""
        self.lines.append(text)

    def block(self, kind: BlockKind, text: str) -> None:
        """See `Sink.block`."""
        self.lines.extend(line for line in text.split("\n") if line.strip())

    def table(self, rows: Sequence[Row], headers: int | None) -> None:
        """See `Sink.table`."""
        self.lines.extend(filter(None, (row_line(cells) for _, cells in rows)))
