"""Word translation probabilities from sentence pairs: IBM Model 1 in both directions.

Brown et al. 1993, "The Mathematics of Statistical Machine Translation".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LONGEST_SENTENCE = 40
_ROUNDS = 6
_SMOOTHING = 0.5
_REVERSE = 0.35
_LEAST = 1e-3


@dataclass(frozen=True, slots=True)
class Alignment:
    """Word pairs that occur together, with p(english | chinese) and p(chinese | english)."""

    chinese_words: tuple[str, ...]
    english_words: tuple[str, ...]
    chinese: NDArray[np.int32]
    english: NDArray[np.int32]
    to_english: NDArray[np.float64]
    to_chinese: NDArray[np.float64]


def align(pairs: Iterable[tuple[list[str], list[str], float]]) -> Alignment:
    """Translation probabilities learned from (Chinese words, English words, weight) pairs.

    Pairs with an empty or a very long side are left out.
    """
    chinese_number: dict[str, int] = {}
    english_number: dict[str, int] = {}
    chinese_parts, english_parts, sentence_parts, weight_parts = [], [], [], []
    sentence = 0
    for chinese, english, weight in pairs:
        z = [chinese_number.setdefault(w, len(chinese_number)) for w in dict.fromkeys(chinese)]
        e = [english_number.setdefault(w, len(english_number)) for w in dict.fromkeys(english)]
        if not 0 < len(z) <= LONGEST_SENTENCE or not 0 < len(e) <= LONGEST_SENTENCE:
            continue
        chinese_parts.append(np.repeat(np.array(z, np.int32), len(e)))
        english_parts.append(np.tile(np.array(e, np.int32), len(z)))
        sentence_parts.append(np.full(len(z) * len(e), sentence, np.int32))
        weight_parts.append(np.full(len(z) * len(e), weight, np.float32))
        sentence += 1
    z_all = np.concatenate(chinese_parts).astype(np.int64)
    e_all = np.concatenate(english_parts).astype(np.int64)
    sentences = np.concatenate(sentence_parts).astype(np.int64)
    weights = np.concatenate(weight_parts)
    kinds, kind = np.unique(z_all * len(english_number) + e_all, return_inverse=True)
    z_kind = (kinds // len(english_number)).astype(np.int32)
    e_kind = (kinds % len(english_number)).astype(np.int32)
    # Each English word of a sentence chooses among the sentence's Chinese words, and the reverse.
    by_english = np.unique(sentences * len(english_number) + e_all, return_inverse=True)[1]
    by_chinese = np.unique(sentences * len(chinese_number) + z_all, return_inverse=True)[1]
    to_english = np.ones(len(kinds))
    to_chinese = np.ones(len(kinds))
    for round_ in range(_ROUNDS):
        p, q = to_english[kind], to_chinese[kind]
        p /= np.bincount(by_english, p)[by_english]
        q /= np.bincount(by_chinese, q)[by_chinese]
        smoothing = _SMOOTHING if round_ == _ROUNDS - 1 else 0.0
        to_english = _shares(kind, weights * p, z_kind, len(chinese_number), smoothing)
        to_chinese = _shares(kind, weights * q, e_kind, len(english_number), smoothing)
    return Alignment(
        tuple(chinese_number), tuple(english_number), z_kind, e_kind, to_english, to_chinese
    )


def _shares(
    kind: NDArray[np.int64],
    expected: NDArray[np.float64],
    given: NDArray[np.int32],
    size: int,
    smoothing: float,
) -> NDArray[np.float64]:
    counts = np.bincount(kind, expected).astype(np.float64)
    total = np.bincount(given, counts, minlength=size) + smoothing
    shares: NDArray[np.float64] = counts / np.maximum(total[given], 1e-30)
    return shares


def tables(
    alignment: Alignment,
) -> tuple[dict[str, list[tuple[str, float]]], dict[str, list[tuple[str, float]]]]:
    """Chinese → English and English → Chinese translations, best first, shares that sum to 1.

    A translation is scored p(target | word) · p(word | target)^0.35: the second factor keeps
    common words, which go with everything, from being the translation of anything.
    """
    a = alignment
    to_english = a.to_english * np.minimum(1.0, a.to_chinese + 1e-3) ** _REVERSE
    to_chinese = a.to_chinese * np.minimum(1.0, a.to_english + 1e-3) ** _REVERSE
    return (
        _best(to_english, a.chinese, a.english, a.chinese_words, a.english_words, 12),
        _best(to_chinese, a.english, a.chinese, a.english_words, a.chinese_words, 16),
    )


def _best(
    score: NDArray[np.float64],
    given: NDArray[np.int32],
    target: NDArray[np.int32],
    given_words: tuple[str, ...],
    target_words: tuple[str, ...],
    most: int,
) -> dict[str, list[tuple[str, float]]]:
    kept = np.flatnonzero(score > _LEAST)
    kept = kept[np.lexsort((-score[kept], given[kept]))]
    found: dict[str, list[tuple[str, float]]] = {}
    for i in kept:
        row = found.setdefault(given_words[given[i]], [])
        if len(row) < most:
            row.append((target_words[target[i]], float(score[i])))
    for row in found.values():
        total = sum(weight for _, weight in row)
        row[:] = [(word, weight / total) for word, weight in row]
    return found
