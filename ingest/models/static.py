"""The built-in embedding: one vector a word, English and Chinese in one space."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.models.vocabulary import Vocabulary

_DATA = Path(__file__).parent / "data"
_MOST_TOKENS = 256
MOST_COMPARED = 400
"""Words of a passage that a question is compared with; further ones are left out."""

_BLOCK = 16


class StaticModel:
    """A table of word vectors. Read-only once loaded, safe between threads.

    Rows are kept as unit vectors in 8 bits (`rows`, times `scales`). In a text's vector a row
    counts by `sum_weights`, in MaxSim by `match_weights`: both are the length of its vector times
    a smooth inverse frequency, steeper in MaxSim. `stretch` scales the axes of a text's vector, so
    that the few directions in which all words differ don't outweigh the others.
    """

    dimensions: int

    def __init__(
        self,
        vocabulary: Vocabulary,
        rows: NDArray[np.int8],
        scales: NDArray[np.float32],
        sum_weights: NDArray[np.float32],
        match_weights: NDArray[np.float32],
        stretch: NDArray[np.float32],
    ) -> None:
        self.dimensions = rows.shape[1]
        self.vocabulary = vocabulary
        self._rows = rows
        self._scales = scales
        self._sum_factors = scales * sum_weights
        self._match_weights = match_weights
        self._stretch = stretch

    @classmethod
    def load(cls, folder: Path | None = None) -> StaticModel:
        """The model that ships with the product, or the one in `folder`; rows stay on disk until
        they are used."""
        folder = folder or _DATA
        scales, sum_weights, match_weights = np.load(folder / "factors.npy")
        return cls(
            Vocabulary.read(folder / "vocabulary.txt"),
            np.load(folder / "rows.npy", mmap_mode="r"),
            scales,
            sum_weights,
            match_weights,
            np.load(folder / "stretch.npy"),
        )

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of `texts`, (n, `dimensions`), of length 1; a text of no known word: zeros."""
        out = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for i, text in enumerate(texts):
            ids = np.array(self.vocabulary.rows(text), dtype=np.int32)
            if len(ids):
                out[i] = self._sum_factors[ids] @ self._rows[ids].astype(np.float32)
        out *= self._stretch
        lengths = np.linalg.norm(out, axis=1, keepdims=True)
        np.divide(out, lengths, out=out, where=lengths > 0)
        return out

    def tokens(self, text: str, limit: int = _MOST_TOKENS) -> NDArray[np.int32]:
        """Row numbers of the first `limit` different words of `text`, in reading order."""
        return self.different(self.vocabulary.rows(text), limit)

    def different(
        self, rows: Sequence[int] | NDArray[np.int32], limit: int = _MOST_TOKENS
    ) -> NDArray[np.int32]:
        """The first `limit` different ones of a text's rows, in reading order."""
        return np.array(list(dict.fromkeys(rows))[:limit], dtype=np.int32)

    def compared_words(self, passage: str) -> NDArray[np.int32]:
        """The words of a passage that a question is compared with: its first 400, as rows."""
        return np.array(self.vocabulary.rows(passage)[:MOST_COMPARED], np.int32)

    def knows(self, words: NDArray[np.int32]) -> bool:
        """Whether these can be a passage's words: not if there are none, or a file was damaged."""
        return len(words) > 0 and words.min() >= 0 and words.max() < len(self._rows)

    def compare_words(
        self, asked: NDArray[np.int32], passages: Sequence[NDArray[np.int32]]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """How well each passage covers the words of a query, as a whole and in its best stretch.

        `asked` are a query's `tokens`, `passages` their `compared_words`; both results are (n,), at
        most 1:

            Σ_q w(q) · max_d cos(q, d) / Σ_q w(q)

        over the different words q of the query and the words d of the passage, w the row's
        weight. After ColBERT (Khattab & Zaharia 2020), with static vectors and weighted words. A
        passage or a query of no known word scores 0.

        A stretch has 32 words and begins at every 16th. A passage that says everything in one place
        answers more often than one whose matches are scattered (passage scoring by windows: Callan
        1994).
        """
        covered = np.zeros(len(passages), dtype=np.float32)
        closest = np.zeros(len(passages), dtype=np.float32)
        weights = self.weights(asked)
        filled = [i for i, own in enumerate(passages) if len(own)]
        if not weights.any() or not filled:
            return covered, closest
        weights = weights / weights.sum()
        lengths = np.array([len(passages[i]) for i in filled])
        blocks = -(-lengths // _BLOCK)
        first_word = np.cumsum(lengths) - lengths
        first_block = np.cumsum(blocks) - blocks
        starts = np.repeat(first_word - first_block * _BLOCK, blocks)
        starts += np.arange(len(starts)) * _BLOCK
        # Passages share many words: each is compared with the query once.
        words = np.concatenate([passages[i] for i in filled])
        different, place = np.unique(words, return_inverse=True)
        cosines = self.unit_vectors(asked) @ self.unit_vectors(different).T
        by_block = np.maximum.reduceat(cosines[:, place], starts, axis=1)
        covered[filled] = weights @ np.maximum.reduceat(by_block, first_block, axis=1)
        pairs = by_block.copy()
        np.maximum(by_block[:, :-1], by_block[:, 1:], out=pairs[:, :-1])
        last = first_block + blocks - 1  # a passage's last block has no neighbour of its own
        pairs[:, last] = by_block[:, last]
        closest[filled] = np.maximum.reduceat(weights @ pairs, first_block)
        return covered, closest

    def unit_vectors(self, tokens: NDArray[np.int32]) -> NDArray[np.float32]:
        """Vectors of length 1 of `tokens`, (n, `dimensions`)."""
        scales = self._scales[tokens, np.newaxis]
        vectors: NDArray[np.float32] = self._rows[tokens].astype(np.float32) * scales
        return vectors

    def weights(self, tokens: NDArray[np.int32]) -> NDArray[np.float32]:
        """How much each of `tokens` counts in MaxSim, (n,), 0 or more; rare words count more."""
        weights: NDArray[np.float32] = self._match_weights[tokens]
        return weights
