"""What passes between the stages of indexing.

Every type is frozen, and a field exists only once its stage has run. Offsets are 0-based
positions of Unicode code points in the canonical text of one document version, end-exclusive,
so `text[start:end]` is exact. Pages, slides and rows count from 1, as people count them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""Embeddings: shape (n, dimensions), rows of length 1 (or all zero for an empty text)."""


class DocumentState(StrEnum):
    """How indexing a file ended; each comes with a reason that a person understands."""

    INDEXED = "indexed"
    EMPTY = "empty"
    SCANNED = "scanned"
    UNSUPPORTED = "unsupported"
    FAILED = "failed"


class BlockKind(StrEnum):
    """What a stretch of a document is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    CODE = "code"
    QUOTE = "quote"
    ROW = "row"


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that a walk met: `path` is POSIX, relative to the source's root; `size` in bytes."""

    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file whose content is known: its SHA-256 (hex) and the groups that may read it."""

    source: str
    path: str
    size: int
    mtime_ns: int
    content_hash: str
    groups: frozenset[str]


@dataclass(frozen=True, slots=True)
class Block:
    """One structural stretch of the canonical text.

    `headings` is the path of headings above the block, outermost first. A heading block's own
    text is not in its `headings`; `level` is 1 for the outermost and 0 for everything else.
    `page` is the page or slide. For a table or sheet row (`kind == ROW`), `row` is its number,
    `sheet` the sheet's name and `table_header` the header row as one line, which is repeated
    wherever rows of the table are shown without it (it is not itself part of the offsets).
    """

    kind: BlockKind
    start: int
    end: int
    page: int | None = None
    headings: tuple[str, ...] = ()
    level: int = 0
    sheet: str | None = None
    row: int | None = None
    table_header: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A document as text: what quotes are exact against.

    `blocks` are in order, do not overlap and lie inside `text`. `language` is "en", "zh" or
    "other" (by script, see `ingest.text.language`). `pages` is the number of pages or slides, None
    where the format has none. `scanned_pages` are pages without a text layer. `metadata` holds
    what the file says of itself (author, created, modified as ISO dates, subject, …).
    """

    title: str
    language: str
    text: str
    blocks: tuple[Block, ...]
    metadata: Mapping[str, str] = field(default_factory=dict)
    pages: int | None = None
    scanned_pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage to be found: `text[start:end]` of its document version, in reading order.

    `ordinal` counts from 0 inside the version. `table_header` is repeated before the text in
    both indexes when the chunk shows table rows without their header. `inner_headings` are the
    headings inside the chunk's own text.
    """

    ordinal: int
    start: int
    end: int
    headings: tuple[str, ...]
    language: str
    token_count: int
    page_start: int | None = None
    page_end: int | None = None
    sheet: str | None = None
    row_start: int | None = None
    row_end: int | None = None
    table_header: str | None = None
    inner_headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LiveChunk:
    """A chunk of a live version that the asker may read, with what a citation needs.

    `start` and `end` are as in `Chunk`; `version` counts from 1; `path` is that of the document in
    its source. Whoever shows a passage carries this whole, so that a further field is written in
    the catalogue's schema and here, and nowhere else.
    """

    chunk_id: int
    document_id: str
    version: int
    ordinal: int
    start: int
    end: int
    text: str
    headings: tuple[str, ...]
    language: str
    page_start: int | None
    page_end: int | None
    sheet: str | None
    row_start: int | None
    row_end: int | None
    table_header: str | None
    inner_headings: tuple[str, ...]
    title: str
    source: str
    path: str
    owner: str | None
    modified_at: datetime
    content_hash: str

    @property
    def uri(self) -> str:
        """Source and path as one address, percent-encoded."""
        return f"{quote(self.source)}/{quote(self.path)}"


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One chunk as the indexes see it. `chunk_id` is the catalogue's integer key of the chunk.

    `terms` are those of `text`, between blanks, where they were worked out before.
    """

    chunk_id: int
    access_class: int
    language: str
    source: str
    title: str
    path: str
    headings: tuple[str, ...]
    text: str
    terms: str | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What a search may see: only rows of these access classes, and the asker's own filters.

    An empty `classes` sees nothing (deny by default). None in a filter means no restriction.
    """

    classes: frozenset[int]
    sources: frozenset[str] | None = None
    languages: frozenset[str] | None = None
    modified_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that one leg found; `score` is that leg's own, higher is better."""

    chunk_id: int
    score: float


class Embedder(Protocol):
    """Turns texts into vectors. Implementations are thread-safe."""

    @property
    def name(self) -> str:
        """Identifies the model: vectors of different names are never compared."""

    @property
    def dimensions(self) -> int:
        """Length of one vector."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row a passage text, shape (n, dimensions), unit length."""

    def embed_query(self, text: str) -> Vectors:
        """The vector of a question, shape (dimensions,), unit length."""

    def reads_closely(self, text: str) -> bool:
        """Whether it is known to read this text's language in context, not word by word.

        Its likeness then counts more beside the words.
        """

    def close(self) -> None:
        """Lets connections and models go; whoever opened it calls this."""
