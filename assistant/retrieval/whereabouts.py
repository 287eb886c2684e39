"""Where a chunk stands: as it is shown and recorded, and as people say it."""

from __future__ import annotations

from assistant.types import Reference
from ingest.types import LiveChunk


def reference_of(chunk: LiveChunk) -> Reference:
    """What is shown of where a chunk's words stand."""
    return Reference(
        document_id=chunk.document_id,
        version=chunk.version,
        title=chunk.title,
        uri=chunk.uri,
        source=chunk.source,
        page=chunk.page_start,
        headings=chunk.headings,
        modified_at=chunk.modified_at,
        owner=chunk.owner,
        location=location_of(chunk),
    )


def location_of(chunk: LiveChunk) -> str:
    """For instance "page 2 · Leave › Annual leave" or "sheet Prices, row 5"; "" if unknown."""
    parts = [_place(chunk), " › ".join(chunk.headings)]
    return " · ".join(part for part in parts if part)


def _place(chunk: LiveChunk) -> str:
    parts = []
    if chunk.page_start is not None:
        parts.append(_range("page", chunk.page_start, chunk.page_end))
    if chunk.sheet:
        parts.append(f"sheet {chunk.sheet}")
    if chunk.row_start is not None:
        parts.append(_range("row", chunk.row_start, chunk.row_end))
    return ", ".join(parts)


def _range(what: str, first: int, last: int | None) -> str:
    return f"{what} {first}" if last in (None, first) else f"{what}s {first}–{last}"
