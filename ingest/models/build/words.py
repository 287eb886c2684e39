"""Which words get a row of their own, and how often each occurs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ingest.models.build.corpus import Pair, Passage
from ingest.models.build.dictionary import Dictionary
from ingest.models.vocabulary import Splitter, fold, is_han

_RARE_IN_JIEBA = 30
_RARE_CHINESE = 8
_RARE_ENGLISH = 3
_LONGEST_CHINESE = 6
# A dictionary word that jieba does not count; enough for 年假 (annual leave) to beat 年 + 假.
_UNCOUNTED = 20
_UNSEEN_WORDS = 12_000
_MILLION = 1_000_000


class Cutter:
    """Cuts raw text into words in lower case and simplified characters."""

    def __init__(self, dictionary: Dictionary, frequencies: dict[str, int]) -> None:
        self._splitter = Splitter(frequencies)
        self._simplified = {ord(a): b for a, b in dictionary.simplified.items()}

    def words(self, text: str) -> list[str]:
        """Words of `text`, in order."""
        return self._splitter.words(fold(text).translate(self._simplified))


@dataclass(frozen=True, slots=True)
class Words:
    """`chinese`: word → frequency, for cutting. `english`: whole words that MiniLM only knows in
    pieces. `per_million`: how often a word occurs among the words of its language."""

    chinese: dict[str, int]
    english: tuple[str, ...]
    per_million: dict[str, float]


def read_jieba(path: Path) -> dict[str, int]:
    """Frequencies of jieba's dictionary (`dict.txt` of its source distribution, MIT)."""
    frequencies = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        word, frequency, *_ = line.split(" ")
        frequencies[word] = int(frequency)
    return frequencies


def choose_words(
    dictionary: Dictionary,
    jieba: dict[str, int],
    pairs: Iterable[Pair],
    passages: Iterable[Passage],
    pieces: frozenset[str],
) -> Words:
    """Words worth a row: Chinese ones of the dictionary that occur, English ones that occur often.

    `pieces` are MiniLM's own entries; a word among them has a row already.
    """
    candidates = {word: n for word, n in jieba.items() if n >= 3 and is_han(word)}
    for word in dictionary.glosses:
        if len(word) <= _LONGEST_CHINESE:
            candidates[word] = max(candidates.get(word, 0), _UNCOUNTED)
    cutter = Cutter(dictionary, candidates)
    kinds, as_written = _count(cutter, dictionary, pairs, passages)
    seen = sum(kinds.values(), Counter[str]())
    kinds["jieba"] = Counter(jieba)
    per_million = _per_million(kinds)
    chinese = {}
    for word in candidates:
        if word in dictionary.glosses:
            wanted = len(word) == 1 or jieba.get(word, 0) >= _RARE_IN_JIEBA or seen[word] > 0
        else:
            wanted = seen[word] >= _RARE_CHINESE
        if wanted:
            chinese[word] = max(1, candidates[word], round(60 * per_million.get(word, 0.0)))
    for word in _plainest_unseen(dictionary, chinese, per_million):
        chinese[word] = candidates[word]
    english = sorted(
        word
        for word, n in as_written.items()
        if n >= _RARE_ENGLISH and 3 <= len(word) <= 20 and word not in pieces
    )
    return Words(chinese, tuple(english), per_million)


def _plainest_unseen(
    dictionary: Dictionary, chosen: dict[str, int], per_million: dict[str, float]
) -> list[str]:
    """Short dictionary words that no text held, those with the commonest English glosses first.

    Names are left out; everyday words such as 年假 (annual leave) come in this way.
    """
    commonness = {}
    for word, glosses in dictionary.glosses.items():
        first = glosses[0].split(";")[0].split()
        if word not in chosen and len(word) <= 3 and 1 <= len(first) <= 4 and first[0].islower():
            shares = [math.log(per_million.get(part.lower(), 0.0) + 0.01) for part in first]
            commonness[word] = sum(shares) / len(shares)
    return sorted(commonness, key=lambda word: -commonness[word])[:_UNSEEN_WORDS]


def _count(
    cutter: Cutter, dictionary: Dictionary, pairs: Iterable[Pair], passages: Iterable[Passage]
) -> tuple[dict[str, Counter[str]], Counter[str]]:
    """Counts of all words by kind of text, and of English words that were written as words.

    `getUserName` is none: only words in lower case or with one capital in front count, where spaces
    stand around them.
    """
    kinds = {kind: Counter[str]() for kind in ("tatoeba", "documents", "questions", "glosses")}
    written = Counter[str]()

    def add(kind: str, text: str) -> None:
        kinds[kind].update(cutter.words(text))
        written.update(
            word.lower()
            for word in text.split()
            if word.isascii() and word.isalpha() and (word.islower() or word.istitle())
        )

    for pair in pairs:
        kind = "tatoeba" if pair.source == "tatoeba" else "documents"
        add(kind, pair.english)
        add(kind, pair.chinese)
    for passage in dict.fromkeys(passages):
        add("questions" if passage.human else "documents", passage.text)
    for senses in dictionary.glosses.values():
        for gloss in senses[:4]:
            add("glosses", gloss)
    return kinds, written


def _per_million(kinds: dict[str, Counter[str]]) -> dict[str, float]:
    """Mean share over the kinds of text that hold the language, in millionths."""
    mean: dict[str, float] = {}
    for han in (True, False):
        parts = [
            {word: n for word, n in kind.items() if is_han(word) == han} for kind in kinds.values()
        ]
        parts = [part for part in parts if sum(part.values()) > 100_000]
        for part in parts:
            scale = _MILLION / sum(part.values()) / len(parts)
            for word, n in part.items():
                mean[word] = mean.get(word, 0.0) + n * scale
    return mean
