"""Building a canonical text block by block, so that offsets are true by construction."""

from __future__ import annotations

from collections.abc import Mapping

from ingest.text.language import language_of
from ingest.types import Block, BlockKind, ParsedDocument

_BLOCK_GAP = "\n\n"
_ROW_GAP = "\n"
_LANGUAGE_SAMPLE = 200_000


class Assembler:
    """Collects blocks in reading order; the text between two blocks is white space only.

    Pieces come already clean: what is added is stripped of outer white space and lines and
    otherwise kept to the letter. An empty piece adds nothing.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._path: list[tuple[int, str]] = []
        self._first_heading = ""

    @property
    def headings(self) -> tuple[str, ...]:
        """The heading path in force, outermost first."""
        return tuple(text for _, text in self._path)

    @property
    def first_heading(self) -> str:
        """The first heading of the document so far, or "": a title where nothing better is."""
        return self._first_heading

    def heading(self, text: str, level: int, page: int | None = None) -> None:
        """A heading of `level` (1 = outermost); it ends those of the same or a higher level."""
        text = " ".join(text.split())
        if not text:
            return
        level = max(1, level)
        while self._path and self._path[-1][0] >= level:
            self._path.pop()
        self._add(text, BlockKind.HEADING, page=page, level=level)
        self._path.append((level, text))
        self._first_heading = self._first_heading or text

    def block(self, kind: BlockKind, text: str, page: int | None = None) -> None:
        """A paragraph, list, code block or quotation, below the headings in force."""
        self._add(text, kind, page=page)

    def row(
        self,
        text: str,
        number: int | None,
        *,
        header: str | None = None,
        sheet: str | None = None,
        page: int | None = None,
    ) -> None:
        """One table row as a line; `header` is the table's header row as a line."""
        self._add(text, BlockKind.ROW, page=page, sheet=sheet, number=number, header=header or None)

    def document(
        self,
        title: str,
        *,
        metadata: Mapping[str, str] | None = None,
        pages: int | None = None,
        scanned_pages: tuple[int, ...] = (),
    ) -> ParsedDocument:
        """The finished document."""
        text = "".join(self._parts)
        return ParsedDocument(
            title=" ".join(title.split()),
            language=language_of(_sample(text)),
            text=text,
            blocks=tuple(self._blocks),
            metadata=dict(metadata or {}),
            pages=pages,
            scanned_pages=scanned_pages,
        )

    def _add(
        self,
        text: str,
        kind: BlockKind,
        *,
        page: int | None = None,
        level: int = 0,
        sheet: str | None = None,
        number: int | None = None,
        header: str | None = None,
    ) -> None:
        text = text.strip("\n") if kind is BlockKind.CODE else text.strip()
        if not text.strip():
            return
        if self._blocks:
            both_rows = kind is BlockKind.ROW and self._blocks[-1].kind is BlockKind.ROW
            gap = _ROW_GAP if both_rows else _BLOCK_GAP
            self._parts.append(gap)
            self._length += len(gap)
        start = self._length
        self._parts.append(text)
        self._length += len(text)
        self._blocks.append(
            Block(
                kind=kind,
                start=start,
                end=self._length,
                page=page,
                headings=self.headings,
                level=level,
                sheet=sheet,
                row=number,
                table_header=header,
            )
        )


def _sample(text: str) -> str:
    """Enough of a long text to tell its language: counting words of all costs ten times it."""
    if len(text) <= _LANGUAGE_SAMPLE:
        return text
    piece = _LANGUAGE_SAMPLE // 2
    middle = (len(text) - piece) // 2
    return f"{text[:piece]} {text[middle : middle + piece]}"
