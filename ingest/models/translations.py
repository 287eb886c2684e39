"""Words carried from one language into the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_DATA = Path(__file__).parent / "data"
_WEIGHT_STEPS = 255


class Translations:
    """A table of weighted word translations, English ↔ Chinese; safe to share between threads."""

    def __init__(
        self,
        words: tuple[str, ...],
        starts: NDArray[np.uint32],
        targets: NDArray[np.uint32],
        weights: NDArray[np.uint8],
    ) -> None:
        self._words = words
        self._starts = starts
        self._targets = targets
        self._weights = weights
        self._number_of = {word: number for number, word in enumerate(words)}

    @classmethod
    def load(cls, folder: Path | None = None) -> Translations:
        """The table that ships with the product, or the one in `folder`."""
        with np.load((folder or _DATA) / "translations.npz", allow_pickle=False) as stored:
            words = tuple(stored["words"].tobytes().decode("utf-8").split("\n"))
            return cls(words, stored["starts"], stored["targets"], stored["weights"])

    def save(self, folder: Path) -> None:
        """Write the table to `translations.npz` in `folder`."""
        arrays: dict[str, NDArray[Any]] = {
            "words": np.frombuffer("\n".join(self._words).encode("utf-8"), dtype=np.uint8),
            "starts": self._starts,
            "targets": self._targets,
            "weights": self._weights,
        }
        np.savez_compressed(folder / "translations.npz", allow_pickle=False, **arrays)

    @classmethod
    def of_table(cls, table: dict[str, list[tuple[str, float]]]) -> Translations:
        """The translations in `table`: word → (translation, weight from 0 to 1), best first."""
        words = sorted(set(table) | {target for row in table.values() for target, _ in row})
        number_of = {word: number for number, word in enumerate(words)}
        rows = [table.get(word, []) for word in words]
        return cls(
            tuple(words),
            np.cumsum([0] + [len(row) for row in rows], dtype=np.uint32),
            np.array([number_of[target] for row in rows for target, _ in row], dtype=np.uint32),
            np.array([int(p * _WEIGHT_STEPS) for row in rows for _, p in row], dtype=np.uint8),
        )

    def of(self, word: str) -> tuple[tuple[str, float], ...]:
        """Translations of one query word with their weights, best first.

        `word` is a Chinese word in simplified characters or the stem of an English one (Snowball
        `english`), in lower case; so are the translations. A weight, above 0 and at most 1, is the
        square root of the translation's probability: what a passage's use of the translation
        should count in a sum over query words, beside 1 for the word itself. (Probabilities as
        weights, which sum to 1, make words of many translations count too little.) A Chinese word
        that the table does not know is translated part by part: the longest parts the table
        knows, from the left. A word that is not translated at all gives ().
        """
        found = self._look_up(word)
        if found or len(word) < 3 or not "\u3400" <= word[0] <= "\u9fff":
            return found
        best: dict[str, float] = {}
        for part in self._parts(word):
            for target, weight in self._look_up(part):
                best[target] = max(weight, best.get(target, 0.0))
        return tuple(sorted(best.items(), key=lambda pair: -pair[1]))

    def _look_up(self, word: str) -> tuple[tuple[str, float], ...]:
        number = self._number_of.get(word)
        if number is None:
            return ()
        span = slice(int(self._starts[number]), int(self._starts[number + 1]))
        targets = self._targets[span].tolist()
        weights = self._weights[span].tolist()
        return tuple(
            (self._words[target], weight / _WEIGHT_STEPS)
            for target, weight in zip(targets, weights, strict=True)
        )

    def _parts(self, word: str) -> list[str]:
        """Longest known parts of two characters or more, from the left."""
        parts = []
        start = 0
        while start < len(word) - 1:
            for end in range(len(word), start + 1, -1):
                if self._look_up(word[start:end]):
                    parts.append(word[start:end])
                    start = end
                    break
            else:
                start += 1
        return parts
