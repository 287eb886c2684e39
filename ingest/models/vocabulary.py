"""Which rows of the static model a text is made of."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path

import rjieba

from ingest.text.simplified import simplify

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HAN_LETTER = re.compile(rf"[{_HAN}]")
_HAN_RUNS = re.compile(rf"[{_HAN}]+")
_ACCENTED = re.compile("[\u00aa-\u02af\u0370-\u2dff\u3041-\u31ff\uac00-\ud7af]")
_RUNS = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_ASCII_WORDS = re.compile(r"[a-z0-9]+")
# Characters that NFKC replaces, of those that words are made of (not punctuation).
_COMPATIBLE = re.compile(
    "[\u00aa\u00b2\u00b3\u00b5\u00b9-\u00be\u0132-\u017f\u01c4-\u01f3\u0300-\u036f\u1e9b"
    "\u2070-\u209f\u2100-\u218b\u2460-\u24ff\u3130-\u318f\u3200-\u33ff\uf900-\ufaff"
    "\ufb00-\ufdff\ufe70-\ufefc\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff66-\uffdc]"
)
_USUAL_SIGNS = str.maketrans("【】〔〕〇", "[][]零")
_REMEMBERED_WORDS = 200_000
_LONGEST_WORD = 100


def fold(text: str) -> str:
    """`text` with letters and digits in their usual form (NFKC) and in lower case."""
    if not text.isascii() and _COMPATIBLE.search(text):
        text = unicodedata.normalize("NFKC", text)
    return text.lower()


def is_han(word: str) -> bool:
    """Whether `word` begins with a Chinese character."""
    return "\u3400" <= word[0] <= "\u9fff" or "\uf900" <= word[0] <= "\ufaff"


class Splitter:
    """Cuts text into words: letters and digits as they stand, Chinese into its likeliest words.

    jieba's search for the likeliest words, over our own word frequencies: what it finds has an
    entry in our vocabulary, and what others add to the process's jieba dictionary changes nothing.
    """

    def __init__(self, frequencies: Mapping[str, int]) -> None:
        self._jieba: rjieba.Jieba = rjieba.Jieba.empty()  # type: ignore[no-untyped-call]  # no stubs
        add_word = self._jieba.add_word
        for word, frequency in frequencies.items():
            add_word(word, frequency, None)

    def words(self, text: str) -> list[str]:
        """Words of a folded text in simplified characters, in reading order."""
        if text.isascii():
            return _ASCII_WORDS.findall(text)
        if not _HAN_LETTER.search(text):
            return _RUNS.findall(text)
        if not _ACCENTED.search(text):
            return [word for word in self._jieba.cut(text, False) if word.isalnum()]
        words: list[str] = []
        for run in _RUNS.findall(text):
            if is_han(run):
                words += self._jieba.cut(run, False)
            else:
                words.append(run)
        return words

    def spaced(self, text: str) -> str:
        """A folded text in simplified characters with its Chinese words set apart by spaces."""
        return _HAN_RUNS.sub(lambda run: f" {' '.join(self._jieba.cut(run[0], False))} ", text)


class Vocabulary:
    """Words and parts of words, each with a row number.

    An entry is a Chinese word, a whole English word, or, marked by `##`, the continuation of an
    English word. A word that has no entry is divided from the left into the longest entries there
    are, as WordPiece does (Schuster & Nakajima 2012); what still has no entry is dropped.
    """

    def __init__(self, entries: Sequence[str], frequencies: Mapping[str, int]) -> None:
        self.entries = tuple(entries)
        self.frequencies = dict(frequencies)
        self._splitter = Splitter(frequencies)
        self._row_of = {entry: row for row, entry in enumerate(self.entries)}
        # Rows by word as met, whole words and divided ones alike; only ever added to, so that
        # threads may share it: two that meet a new word at once store the same rows.
        self._rows_of_word: dict[str, tuple[int, ...]] = {}

    @cached_property
    def build(self) -> str:
        """Names the way a text is cut into rows: rows kept under another name mean other words."""
        kept = "\n".join(chain(self.entries, map(str, self.frequencies.items())))
        return hashlib.blake2b(kept.encode(), digest_size=6).hexdigest()

    @property
    def chinese(self) -> tuple[str, ...]:
        """The Chinese words, in the order of their rows."""
        return tuple(self.frequencies)

    @classmethod
    def read(cls, path: Path) -> Vocabulary:
        """The vocabulary in `path`: one entry a line, row 0 first, Chinese with a frequency."""
        entries = []
        frequencies = {}
        for line in path.read_text(encoding="utf-8").splitlines():
            entry, _, frequency = line.partition(" ")
            entries.append(entry)
            if frequency:
                frequencies[entry] = int(frequency)
        return cls(entries, frequencies)

    def write(self, path: Path) -> None:
        """Write what `read` reads."""
        lines = [
            f"{entry} {self.frequencies[entry]}" if entry in self.frequencies else entry
            for entry in self.entries
        ]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def rows(self, text: str) -> list[int]:
        """Rows of `text` in reading order, repeated as often as they occur."""
        words = self._splitter.words(simplify(fold(text)))
        found = list(map(self._rows_of_word.get, words))
        if None in found:
            found = [
                self._look_up(word) if rows is None else rows
                for word, rows in zip(words, found, strict=True)
            ]
        return list(chain.from_iterable(found))  # type: ignore[arg-type]  # no None is left

    def spaced(self, text: str) -> str:
        """`text` in its usual form (NFKC, lower case, simplified) with Chinese words set apart.

        The words are those of `chinese`, or single characters that have no entry.
        """
        if not text.isascii():
            text = unicodedata.normalize("NFKC", text).translate(_USUAL_SIGNS)
        return self._splitter.spaced(simplify(text.lower()))

    def _look_up(self, word: str) -> tuple[int, ...]:
        row = self._row_of.get(word)
        rows = self._divide(word) if row is None else (row,)
        if len(self._rows_of_word) < _REMEMBERED_WORDS:
            self._rows_of_word[word] = rows
        return rows

    def _divide(self, word: str) -> tuple[int, ...]:
        if is_han(word):
            return self._longest_parts(word, "")
        plain = unicodedata.normalize("NFD", word)
        plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
        return self._longest_parts(plain[:_LONGEST_WORD], "##")

    def _longest_parts(self, word: str, continuation: str) -> tuple[int, ...]:
        rows = []
        start = 0
        while start < len(word):
            prefix = continuation if start else ""
            for end in range(len(word), start, -1):
                row = self._row_of.get(prefix + word[start:end])
                if row is not None:
                    rows.append(row)
                    start = end
                    break
            else:
                start += 1
        return tuple(rows)
