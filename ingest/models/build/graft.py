"""Chinese words as embeddings of MiniLM: the starting point is the mean of their translations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ingest.models.build.vectors import Floats

_LEAST_TRANSLATION = 0.05


def graft(
    words: Sequence[str],
    translations: Mapping[str, Sequence[tuple[str, float]]],
    glosses: Mapping[str, Sequence[str]],
    pieces_of: Callable[[str], Sequence[int]],
    embeddings: Floats,
    known: Mapping[str, int],
) -> Floats:
    """An embedding for each Chinese word, (n, d): its translations', by their probability.

    `embeddings` are MiniLM's, a row a word piece; an English word counts as the mean of its
    `pieces_of`. A word without translations takes its first gloss, one without either the mean of
    its characters, a character MiniLM's own piece (`known`: its number). What is left, mostly
    surnames, gets a direction of chance: names must at least differ from each other.
    """
    out = np.zeros((len(words), embeddings.shape[1]), np.float32)

    def mean_of(text: str) -> Floats | None:
        pieces = pieces_of(text)
        return embeddings[list(pieces)].mean(axis=0) if pieces else None

    bare = []
    for row, word in enumerate(words):
        found = [
            (vector, p)
            for english, p in translations.get(word, ())
            if p >= _LEAST_TRANSLATION and (vector := mean_of(english)) is not None
        ]
        if not found and word in glosses and (vector := mean_of(glosses[word][0])) is not None:
            found = [(vector, 1.0)]
        if found:
            total = sum(p for _, p in found)
            out[row] = sum(vector * (p / total) for vector, p in found)
        else:
            bare.append(row)
    usual = float(np.median(np.linalg.norm(embeddings, axis=1)))
    row_of = {word: row for row, word in enumerate(words)}
    # Characters first: longer words are made of them.
    for row in sorted(bare, key=lambda row: len(words[row])):
        word = words[row]
        characters = [row_of[one] for one in word if one in row_of] if len(word) > 1 else []
        if characters:
            out[row] = out[characters].mean(axis=0)
        elif word in known:
            out[row] = embeddings[known[word]]
        else:
            chance = np.random.default_rng(row).normal(size=out.shape[1])
            out[row] = chance * (usual / np.linalg.norm(chance))
    return out
