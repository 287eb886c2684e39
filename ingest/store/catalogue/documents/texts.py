"""Canonical texts with their blocks, as a parser made them and as the catalogue keeps them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import fields

from sqlalchemy import Connection, select

from ingest.store.catalogue.database.schema import document, version
from ingest.types import Block, BlockKind, ParsedDocument


def parsed_versions(
    connection: Connection, versions: Sequence[tuple[str, int]]
) -> dict[str, ParsedDocument]:
    """The canonical text of versions (document id, number) as it was parsed, by document id."""
    wanted = dict(versions)
    rows = connection.execute(
        select(version, document.c.language, document.c.pages, document.c.details)
        .join(document, document.c.id == version.c.document_id)
        .where(version.c.document_id.in_(list(wanted)))
    )
    return {
        row.document_id: ParsedDocument(
            row.title,
            row.language,
            row.text,
            unpack_blocks(row.blocks),
            dict(row.details),
            row.pages,
        )
        for row in rows
        if row.version == wanted[row.document_id]
    }


_BLOCK_FIELDS = tuple(field.name for field in fields(Block))


def pack_blocks(blocks: Iterable[Block]) -> bytes:
    """Blocks as compressed JSON: the fields' names, then each block's values in their order."""
    rows = [[getattr(block, name) for name in _BLOCK_FIELDS] for block in blocks]
    return zlib.compress(json.dumps([_BLOCK_FIELDS, *rows]).encode(), 1)


def unpack_blocks(packed: bytes) -> tuple[Block, ...]:
    """The inverse of `pack_blocks`."""
    names, *rows = json.loads(zlib.decompress(packed))
    return tuple(
        Block(
            **{
                **dict(zip(names, row, strict=True)),
                "kind": BlockKind(row[names.index("kind")]),
                "headings": tuple(row[names.index("headings")]),
            }
        )
        for row in rows
    )
