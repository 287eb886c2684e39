"""The texts that the models are built from, each under a licence that lets them ship."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LICENCES = frozenset(
    {
        "Apache-2.0",
        "MIT",
        "MIT/Apache-2.0",
        "CC BY 2.0 FR",
        "CC BY 4.0",
        "CC-BY-4.0",
        "CC BY-SA 3.0",
        "CC-BY-SA-3.0",
        "CC BY-SA 4.0",
        "CC-BY-SA-4.0",
    }
)
_HELD_OUT_PERCENT = 2


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence or block and its translation."""

    english: str
    chinese: str
    source: str

    @property
    def held_out(self) -> bool:
        """Whether the pair is kept from the build, for choosing between recipes."""
        return zlib.crc32(self.english.encode()) % 100 < _HELD_OUT_PERCENT


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage and what asks for it: a heading, or a question if `human`; language `en`, `zh`."""

    query: str
    text: str
    language: str
    human: bool


def read_pairs(train_data: Path) -> list[Pair]:
    """All sentence pairs whose licence is in `LICENCES`."""
    return [
        Pair(row["en"], row["zh"], row["src"])
        for row in _rows(train_data / "parallel_en_zh.jsonl.gz")
    ]


def read_passages(train_data: Path, name: str) -> list[Passage]:
    """All passages of `name` (`sections` or `questions`) whose licence is in `LICENCES`."""
    return [
        Passage(row["query"], row["passage"], row["lang"][:2], name == "questions")
        for row in _rows(train_data / f"{name}.jsonl.gz")
    ]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["lic"] in LICENCES:
                yield row
