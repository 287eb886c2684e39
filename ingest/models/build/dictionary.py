"""CC-CEDICT: glosses of Chinese words, and which characters are simplified into which."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

_ENTRY = re.compile(r"(\S+) (\S+) \[.*?\] /(.*)/")
_HAN_WORD = re.compile(r"^[\u3400-\u4dbf\u4e00-\u9fff]+$")
_POINTER = re.compile(
    r"(variant of|old variant|erhua variant|archaic variant|Japanese variant|see |surname |CL:"
    r"|Taiwan pr|also pr|also written|used in|\(Tw\)$)"
)
_ABBREVIATION = re.compile(r"abbr\. for .*?\[.*?\],? ?(.*)")
# Traditional characters that are simplified words in their own right (后 queen, 里 mile), yet in
# traditional text nearly always mean the other one.
_ALWAYS_SIMPLIFIED = frozenset("後裡")


@dataclass(frozen=True, slots=True)
class Dictionary:
    """`glosses`: simplified word → English glosses, first sense first. `simplified`: character →
    simplified character, without those that stay as they are."""

    glosses: dict[str, tuple[str, ...]]
    simplified: dict[str, str]


def read_dictionary(train_data: Path) -> Dictionary:
    """The dictionary in `cedict.txt.gz`."""
    glosses: dict[str, list[str]] = {}
    forms: dict[str, Counter[str]] = {}
    with gzip.open(train_data / "cedict.txt.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            entry = _ENTRY.match(line)
            if entry is None:
                continue
            traditional, simplified, senses = entry.groups()
            if len(traditional) == len(simplified):
                for before, after in zip(traditional, simplified, strict=True):
                    if before != after:
                        forms.setdefault(before, Counter())[after] += 1
            if _HAN_WORD.match(simplified):
                kept = [gloss for sense in senses.split("/") if (gloss := _gloss(sense))]
                glosses.setdefault(simplified, []).extend(kept)
    stays = set("".join(glosses)) - _ALWAYS_SIMPLIFIED
    return Dictionary(
        {word: tuple(dict.fromkeys(found)) for word, found in glosses.items() if found},
        {
            before: after.most_common(1)[0][0]
            for before, after in forms.items()
            if before not in stays
        },
    )


def _gloss(sense: str) -> str:
    """The words of one sense that translate; empty where it only points to another entry."""
    if sense.startswith("abbr. for"):
        abbreviation = _ABBREVIATION.match(sense)
        sense = abbreviation.group(1) if abbreviation else ""
    if _POINTER.match(sense):
        return ""
    sense = re.sub(r"\[[^\]]*\]|\([^)]*\)", "", sense)
    sense = re.sub(r"[\u3400-\u9fff|·]+", "", sense)
    return re.sub(r"\s+", " ", sense).strip(" ;,").removeprefix("to ")
