"""An index of any size: sentences of real passages, shuffled into new documents.

The text is that of the public sets if they are there (English and Chinese, about 16,000 passages),
else of the sample company; so words and their frequencies are real, though the documents are not.
Who may read what is laid out for measuring filters: groups `all`, `half`, `tenth` and `hundredth`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from ingest.library import Library
from ingest.parsers.canonical.assemble import Assembler
from ingest.store.catalogue import sources
from ingest.store.catalogue.access.classes import AccessRule
from ingest.sync.batch import index_parsed
from ingest.sync.prepare import prepare
from ingest.text.chunk import count_tokens
from ingest.text.sentences import split_sentences
from ingest.types import BlockKind, ParsedDocument
from tests.benchmarks.data import COMPANY, GOLDEN, corpora, sets_folder

SHARES = {"all": 100, "half": 50, "tenth": 10, "hundredth": 1}
"""Groups, and how many percent of the documents each may read."""

_TOKENS = 130


def fill(library: Library, chunks: int, *, per_document: int = 10) -> list[str]:
    """Indexes about `chunks` chunks of 130 tokens; returns questions in both languages."""
    pool, questions = _texts()
    chance = random.Random(1)
    source = sources.Source("synthetic", str(library.settings.home), access=_rules())
    library.save_source(source)
    prepared = partial(prepare, target=170, limit=256)
    batch: list[tuple[str, ParsedDocument]] = []
    for number in range(0, chunks, per_document):
        made = Assembler()
        spoken = pool[chance.choices(range(len(pool)), [len(one) for one in pool])[0]]
        for part in range(per_document):
            made.heading(f"Section {number + part}", 2)
            made.block(BlockKind.PARAGRAPH, " ".join(_some(spoken, chance)))
        place = f"{number // per_document % 100:02}/d{number}.md"
        batch.append((place, made.document(f"Document {number}")))
        if len(batch) == 200 or number + per_document >= chunks:
            index_parsed(library.tools(), source, batch, prepared)
            batch = []
    return questions


def passages(count: int, tokens: int) -> dict[str, list[str]]:
    """`count` passages of about `tokens` tokens in each language."""
    chance = random.Random(1)
    return {
        "English" if pool[0].isascii() else "Chinese": [
            " ".join(_some(pool, chance, tokens)) for _ in range(count)
        ]
        for pool in _texts()[0]
    }


def _some(pool: Sequence[str], chance: random.Random, wanted: int = _TOKENS) -> Iterator[str]:
    tokens = 0
    while tokens < wanted:
        one = chance.choice(pool)
        tokens += count_tokens(one)
        yield one


def _rules() -> tuple[AccessRule, ...]:
    """Documents lie in folders 00 to 99; a group that may read n percent reads the first n."""
    return tuple(
        AccessRule(
            f"{folder:02}/**",
            frozenset(name for name, percent in SHARES.items() if folder < percent),
        )
        for folder in range(100)
    )


def _texts() -> tuple[list[list[str]], list[str]]:
    """Sentences by language, and real questions."""
    folders = corpora(sets_folder())
    if folders:
        texts = [row["text"] for one in folders for row in _rows(one / "corpus.jsonl")]
        asked = [row["text"] for one in folders for row in _rows(one / "queries.jsonl")]
    else:
        texts = [path.read_text(encoding="utf-8") for path in sorted(COMPANY.rglob("*.md"))]
        asked = [row["question"] for row in _rows(GOLDEN)]
    by_language: dict[bool, list[str]] = {}
    for text in texts:
        for start, end in split_sentences(text):
            one = text[start:end]
            by_language.setdefault(one.isascii(), []).append(one)
    random.Random(2).shuffle(asked)
    return [one for one in by_language.values() if len(one) > 50], asked


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)
