"""The forms of a passage that are embedded and indexed, put together here and nowhere else.

An index that is rebuilt from the catalogue must be the same as the first one.
"""

from __future__ import annotations

from collections.abc import Sequence

from ingest.types import Chunk, IndexRow, ParsedDocument


def indexed_text(table_header: str | None, text: str) -> str:
    """A chunk's text as the lexical index takes it up: below the header of its table."""
    return f"{table_header}\n{text}" if table_header else text


def embedded_text(document: ParsedDocument, chunk: Chunk) -> str:
    """What is embedded of a chunk: title, heading path, table header, then its text."""
    return compose_embedded(
        document.title, chunk.headings, chunk.table_header, document.text[chunk.start : chunk.end]
    )


def embedded_row(row: IndexRow) -> str:
    """What is embedded of a passage that is indexed: its text begins with the table's header."""
    return compose_embedded(row.title, row.headings, None, row.text)


def compose_embedded(
    title: str, headings: Sequence[str], table_header: str | None, text: str
) -> str:
    """The embedded form of a passage from its parts."""
    above = [title, *(heading for heading in headings if heading != title)]
    lines = [" › ".join(part for part in above if part)]
    if table_header:
        lines.append(table_header)
    lines.append(text)
    return "\n".join(line for line in lines if line)
