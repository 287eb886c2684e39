"""What a worker makes of a document beside its text: its chunks, and their analysed words."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.text.chunk import chunk_document
from ingest.text.composed import indexed_text
from ingest.text.words import analysed
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
    texts = (indexed_text(one.table_header, document.text[one.start : one.end]) for one in chunks)
    return Prepared(chunks, tuple(analysed(text) for text in texts))
