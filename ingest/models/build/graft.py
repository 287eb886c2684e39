"""Chinese words as embeddings of MiniLM: the starting point is the mean of their translations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ingest.models.build.vectors import Floats, translate_rows


def graft(
    words: Sequence[str],
    translations: dict[str, list[tuple[str, float]]],
    glosses: dict[str, tuple[str, ...]],
    pieces_of: Callable[[str], Sequence[int]],
    embeddings: Floats,
    known: Mapping[str, int],
) -> Floats:
    """An embedding for each Chinese word, (n, d): its translations', see `translate_rows`.

    `embeddings` are MiniLM's, a row a word piece; an English word counts as the mean of its
    `pieces_of`. A word without translation or gloss takes the mean of its characters, a character
    MiniLM's own piece (`known`: its number). What is left, mostly surnames, gets a direction of
    chance: names must at least differ from each other.
    """
    width = embeddings.shape[1]

    def mean_of(text: str) -> Floats:
        pieces = list(pieces_of(text))
        return embeddings[pieces].mean(axis=0) if pieces else np.zeros(width, np.float32)

    out = translate_rows(words, translations, glosses, mean_of, width)
    usual = float(np.median(np.linalg.norm(embeddings, axis=1)))
    row_of = {word: row for row, word in enumerate(words)}
    bare = np.flatnonzero(~out.any(axis=1)).tolist()
    # Characters first: longer words are made of them.
    for row in sorted(bare, key=lambda row: len(words[row])):
        word = words[row]
        characters = [row_of[one] for one in word if one in row_of] if len(word) > 1 else []
        if characters:
            out[row] = out[characters].mean(axis=0)
        elif word in known:
            out[row] = embeddings[known[word]]
        else:
            chance = np.random.default_rng(row).normal(size=width)
            out[row] = chance * (usual / np.linalg.norm(chance))
    return out
