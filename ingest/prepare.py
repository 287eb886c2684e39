"""What a worker makes of a document beside its text: its chunks, and their analysed words."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.analyse import analysed
from ingest.chunk import chunk_document
from ingest.types import Chunk, ParsedDocument


@dataclass(frozen=True, slots=True)
class Prepared:
    """The chunks of a document, and of each the words that the lexical index takes up.

    `terms` are those of `indexed_text`, in order, between blanks.
    """

    chunks: tuple[Chunk, ...] = ()
    terms: tuple[str, ...] = ()


def prepare(document: ParsedDocument, target: int, limit: int) -> Prepared:
    """Cuts a document (see `chunk_document`) and analyses its chunks."""
    chunks = chunk_document(document, target, limit)
    texts = (indexed_text(one, document.text[one.start : one.end]) for one in chunks)
    return Prepared(chunks, tuple(analysed(text) for text in texts))


def indexed_text(chunk: Chunk, text: str) -> str:
    """A chunk's text as the lexical index takes it up: below the header of its table."""
    return f"{chunk.table_header}\n{text}" if chunk.table_header else text
