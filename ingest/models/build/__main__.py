"""Build the built-in models: `python -m ingest.models.build --train-data DIR --jieba FILE`."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import Stemmer

from ingest.models.build.alignment import tables
from ingest.models.build.corpus import read_pairs, read_passages
from ingest.models.build.dictionary import read_dictionary
from ingest.models.build.files import write_model
from ingest.models.build.lexicon import make_lexicon
from ingest.models.build.vectors import (
    Floats,
    MiniLm,
    principal_components,
    smooth_inverse_frequency,
    translate_rows,
)
from ingest.models.build.words import Cutter, Words, choose_words, read_jieba
from ingest.models.translations import Translations
from ingest.models.vocabulary import Vocabulary

_LEAST_WEIGHT = 0.08


def build(train_data: Path, jieba: Path, out: Path, threads: int) -> None:
    """Write the translation table and the static model to `out`."""
    out.mkdir(parents=True, exist_ok=True)
    dictionary = read_dictionary(train_data)
    pairs = [pair for pair in read_pairs(train_data) if not pair.held_out]
    passages = read_passages(train_data, "sections") + read_passages(train_data, "questions")
    simplified = [before + after for before, after in sorted(dictionary.simplified.items())]
    (out / "simplified.txt").write_text("\n".join(simplified) + "\n", encoding="utf-8")
    minilm = MiniLm(threads)
    words = choose_words(dictionary, read_jieba(jieba), pairs, passages, frozenset(minilm.pieces))
    cutter = Cutter(dictionary, words.chinese)
    print(f"{len(words.chinese)} Chinese words, {len(words.english)} English words", flush=True)

    stem = Stemmer.Stemmer("english").stemWord
    to_english, to_chinese = tables(make_lexicon(pairs, dictionary, cutter, stem))
    Translations.of_table(
        {
            word: [(target, weight) for target, weight in found if weight >= _LEAST_WEIGHT]
            for word, found in (to_english | to_chinese).items()
        }
    ).save(out)
    print("translations written", flush=True)

    whole_words, _ = tables(make_lexicon(pairs, dictionary, cutter, str))
    vocabulary, vectors = make_vectors(minilm, words, whole_words, dictionary.glosses)
    write_model(out, vocabulary, vectors)
    print(f"{len(vocabulary.entries)} rows written", flush=True)


def make_vectors(
    minilm: MiniLm,
    words: Words,
    whole_words: dict[str, list[tuple[str, float]]],
    glosses: dict[str, tuple[str, ...]],
) -> tuple[Vocabulary, Floats]:
    """The vocabulary and a weighted vector for each of its entries."""
    pieces = [i for i, piece in enumerate(minilm.pieces) if _is_useful(piece)]
    english = [minilm.pieces[i] for i in pieces] + list(words.english)
    texts = [[i] for i in pieces] + [minilm.piece_numbers(word) for word in words.english]
    full = minilm.encode(texts)
    print("English rows made", flush=True)
    reduced = principal_components(full, full[: len(pieces)])
    row_of = {word: row for row, word in enumerate(english)}
    piece_row = {number: row for row, number in enumerate(pieces)}

    def vector_of(text: str) -> Floats:
        found = [row_of[word] for word in text.split() if word in row_of]
        found = found or [piece_row[i] for i in minilm.piece_numbers(text) if i in piece_row]
        return reduced[found].mean(axis=0) if found else np.zeros(reduced.shape[1], np.float32)

    chinese = list(words.chinese)
    translated = translate_rows(chinese, whole_words, glosses, vector_of)
    usual = float(np.median(np.linalg.norm(reduced, axis=1)))
    lengths = np.maximum(np.linalg.norm(translated, axis=1), 1e-3)
    translated *= np.clip(usual / lengths, 0.5, 2.0)[:, None]
    vectors = np.concatenate([reduced, translated])
    share = np.array([words.per_million.get(word, 0.0) for word in english + chinese])
    vectors *= smooth_inverse_frequency(share)[:, None]
    return Vocabulary(english + chinese, words.chinese), vectors


def _is_useful(piece: str) -> bool:
    """Whether a word piece of MiniLM can come up: Latin, Greek or Cyrillic letters, or digits."""
    bare = piece.removeprefix("##")
    return bare.isalnum() and all(letter < "\u0530" for letter in bare)


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train-data", type=Path, required=True, help="folder of training texts")
    parser.add_argument("--jieba", type=Path, required=True, help="dict.txt of jieba 0.42.1")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "data")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    build(options.train_data, options.jieba, options.out, options.threads)


if __name__ == "__main__":
    main()
