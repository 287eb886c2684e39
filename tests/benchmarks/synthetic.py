"""An index of any size: paragraphs of made-up words with real word frequencies (Zipf)."""

from __future__ import annotations

import random
from functools import partial

from ingest.catalogue import sources
from ingest.chunk import chunk_document
from ingest.library import Library
from ingest.parsers.assemble import Assembler
from ingest.sync import index_parsed
from ingest.types import BlockKind, ParsedDocument
from tests.folders import OPEN_TO_ALL

_SYLLABLES = [
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "ha",
    "ki",
    "lo",
    "mu",
    "ne",
    "pa",
    "ri",
    "so",
    "tu",
    "ve",
    "wa",
    "xi",
    "yo",
    "za",
    "en",
    "ar",
    "st",
]


def fill(library: Library, chunks: int, *, per_document: int = 10) -> list[str]:
    """Indexes about `chunks` chunks of 90 words; returns the words, rarest last."""
    chance = random.Random(1)
    words = sorted({"".join(chance.choices(_SYLLABLES, k=3)) for _ in range(9000)})
    chance.shuffle(words)
    weights = [1 / (rank + 3) for rank in range(len(words))]
    source = sources.Source("synthetic", str(library.settings.home), access=OPEN_TO_ALL)
    library.save_source(source)
    chunk = partial(chunk_document, target=170, limit=256)
    batch: list[tuple[str, ParsedDocument]] = []
    for number in range(0, chunks, per_document):
        made = Assembler()
        for part in range(per_document):
            made.heading(f"Section {number + part}", 2)
            made.block(BlockKind.PARAGRAPH, " ".join(chance.choices(words, weights, k=90)) + ".")
        batch.append((f"d{number}.md", made.document(f"Document {number}")))
        if len(batch) == 500 or number + per_document >= chunks:
            index_parsed(library.parts(), source, batch, chunk)
            batch = []
    return words
