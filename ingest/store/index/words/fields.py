"""A passage as tantivy takes it: words in fields of their own, and what it is filtered by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

import tantivy

from ingest.text.words import analysed
from ingest.types import IndexRow

FIELD_BOOSTS: Mapping[str, float] = {"body": 1.0, "headings": 0.35, "title": 0.35, "path": 0.1}
"""How much a word counts by where it stands. Title and headings are in every chunk of a document,
so they choose the document and the text chooses the passage."""


def schema() -> tantivy.Schema:
    """The fields. Words come analysed; tantivy only splits at white space."""
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("chunk_id", fast=True, indexed=True)
    builder.add_unsigned_field("access_class", fast=True, indexed=True)
    builder.add_integer_field("modified", fast=True, indexed=True)
    for name in ("source", "language"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in FIELD_BOOSTS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    return builder.build()


def document_of(row: IndexRow, modified: datetime) -> tantivy.Document:
    """A passage in these fields."""
    document = tantivy.Document()
    document.add_unsigned("chunk_id", row.chunk_id)
    document.add_unsigned("access_class", row.access_class)
    document.add_integer("modified", round(modified.timestamp()))
    document.add_text("source", row.source)
    document.add_text("language", row.language)
    document.add_text("title", _shared(row.title))
    document.add_text("headings", _shared(" . ".join(row.headings)))
    document.add_text("path", _shared(row.path.rsplit(".", 1)[0].replace("_", " ")))
    document.add_text("body", analysed(row.text) if row.terms is None else row.terms)
    return document


@lru_cache(maxsize=256)
def _shared(text: str) -> str:
    """The words of what many passages of one document have in common, analysed once."""
    return analysed(text)
