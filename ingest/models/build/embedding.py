"""The static model put together: English rows, a step towards sentences, Chinese rows, weights."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ingest.models.build.corpus import Pair, Passage
from ingest.models.build.distil import distil
from ingest.models.build.files import write_model
from ingest.models.build.vectors import (
    Components,
    Floats,
    MiniLm,
    smooth_inverse_frequency,
    translate_rows,
)
from ingest.models.build.words import Words
from ingest.models.vocabulary import Vocabulary

_SEED = 0
_PAIRS, _PAIR_PIECES = 40_000, 100
_SECTIONS, _SECTION_PIECES = 6_000, 126
_SUM_SIF, _MATCH_SIF = 3e-4, 2e-4
# How far the spread of words along the axes is evened out: a little in the rows, which MaxSim
# compares, and more in the vectors of texts.
_ROW_EVENING, _TEXT_EVENING = 0.25, 0.75


def make_model(
    minilm: MiniLm,
    words: Words,
    translations: dict[str, list[tuple[str, float]]],
    glosses: dict[str, tuple[str, ...]],
    pairs: Sequence[Pair],
    sections: Sequence[Passage],
    out: Path,
) -> int:
    """Write the static model to `out`; how many rows it has."""
    pieces = [i for i, piece in enumerate(minilm.pieces) if _is_useful(piece)]
    english = [minilm.pieces[i] for i in pieces] + list(words.english)
    chinese = list(words.chinese)
    vocabulary = Vocabulary(english + chinese, words.chinese)
    share = np.array([words.per_million.get(word, 0.0) for word in vocabulary.entries])
    sum_weights = smooth_inverse_frequency(share, _SUM_SIF)

    texts = [[i] for i in pieces] + [minilm.piece_numbers(word) for word in words.english]
    full = minilm.encode(texts)
    components = Components.of(full[: len(pieces)])
    print("English rows made", flush=True)
    sentences = _sentences(pairs, sections)
    targets = minilm.encode([minilm.piece_numbers(text)[:most] for text, most in sentences])
    targets /= np.linalg.norm(targets, axis=1, keepdims=True)
    rows = distil(
        components.reduce(full),
        sum_weights[: len(english)],
        [[row for row in vocabulary.rows(text) if row < len(english)] for text, _ in sentences],
        (targets - targets.mean(axis=0)) @ components.directions.T,
    )
    print("English rows moved towards sentences", flush=True)

    row_of = {word: row for row, word in enumerate(english)}

    def vector_of(text: str) -> Floats:
        found = [row_of[word] for word in text.lower().split() if word in row_of]
        return rows[found].mean(axis=0) if found else np.zeros(rows.shape[1], np.float32)

    translated = translate_rows(chinese, translations, glosses, vector_of)
    usual = float(np.median(np.linalg.norm(rows, axis=1)))
    lengths = np.maximum(np.linalg.norm(translated, axis=1), 1e-3)
    translated *= np.clip(usual / lengths, 0.5, 2.0)[:, np.newaxis]
    evened = np.concatenate([rows, translated]) / components.spread**_ROW_EVENING
    weights = (sum_weights, smooth_inverse_frequency(share, _MATCH_SIF))
    stretch = components.spread ** (_ROW_EVENING - _TEXT_EVENING)
    write_model(out, vocabulary, evened, weights, stretch)
    return len(vocabulary.entries)


def _sentences(pairs: Sequence[Pair], sections: Sequence[Passage]) -> list[tuple[str, int]]:
    """English sentences and sections to learn from, each with the word pieces to read of it."""
    random = np.random.default_rng(_SEED)
    fitting = [pair.english for pair in pairs if 15 < len(pair.english) < 600]
    english = [part for part in sections if part.language == "en"]
    some = random.permutation(len(fitting))[:_PAIRS]
    parts = random.permutation(len(english))[:_SECTIONS]
    return [(fitting[i], _PAIR_PIECES) for i in some] + [
        (f"{english[i].query}\n{' '.join(english[i].text.split()[:90])}", _SECTION_PIECES)
        for i in parts
    ]


def _is_useful(piece: str) -> bool:
    """Whether a word piece of MiniLM can come up: Latin, Greek or Cyrillic letters, or digits."""
    bare = piece.removeprefix("##")
    return bare.isalnum() and all(letter < "\u0530" for letter in bare)
