"""Build the built-in models: `python -m ingest.models.build --train-data DIR`."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path

import Stemmer

from ingest.models.build.alignment import tables
from ingest.models.build.corpus import read_pairs, read_passages
from ingest.models.build.dictionary import read_dictionary
from ingest.models.build.embedding import make_model
from ingest.models.build.lexicon import make_lexicon
from ingest.models.build.vectors import MiniLm
from ingest.models.build.words import Cutter, choose_words, read_jieba
from ingest.models.translations import Translations

_LEAST_PROBABILITY = 0.02


def build(train_data: Path, jieba: Path, out: Path, threads: int) -> None:
    """Write the translation table and the static model to `out`."""
    out.mkdir(parents=True, exist_ok=True)
    dictionary = read_dictionary(train_data)
    pairs = [pair for pair in read_pairs(train_data) if not pair.held_out]
    sections = read_passages(train_data, "sections")
    counted = sections + read_passages(train_data, "questions")
    simplified = [before + after for before, after in sorted(dictionary.simplified.items())]
    (out / "simplified.txt").write_text("\n".join(simplified) + "\n", encoding="utf-8")

    minilm = MiniLm(threads)
    words = choose_words(dictionary, read_jieba(jieba), pairs, counted, frozenset(minilm.pieces))
    cutter = Cutter(dictionary, words.chinese)
    print(f"{len(words.chinese)} Chinese words, {len(words.english)} English words", flush=True)

    stem = Stemmer.Stemmer("english").stemWord
    stems, chinese = tables(make_lexicon(pairs, dictionary, cutter, words.chinese, stem))
    Translations.of_table(
        {
            word: [(target, p**0.5) for target, p in found if p >= _LEAST_PROBABILITY]
            for word, found in (stems | chinese).items()
        }
    ).save(out)
    print("translations written", flush=True)

    english, _ = tables(make_lexicon(pairs, dictionary, cutter, words.chinese, str))
    rows = make_model(minilm, words, english, dictionary.glosses, pairs, sections, out)
    print(f"{rows} rows written", flush=True)


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train-data", type=Path, required=True, help="folder of training texts")
    parser.add_argument("--jieba", type=Path, help="dict.txt of jieba 0.42.1, if not installed")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "data")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    jieba = options.jieba or _installed_jieba()
    build(options.train_data, jieba, options.out, options.threads)


def _installed_jieba() -> Path:
    found = importlib.util.find_spec("jieba")
    if found is None or found.origin is None:
        raise SystemExit("jieba's word counts are missing: `pip install jieba`, or name --jieba")
    return Path(found.origin).with_name("dict.txt")


if __name__ == "__main__":
    main()
