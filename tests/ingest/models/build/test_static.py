"""How the built-in models are made: licences, glosses, alignment, rounding to 8 bits."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ingest.models.build.alignment import align, tables
from ingest.models.build.corpus import Pair, Passage, read_pairs
from ingest.models.build.dictionary import Dictionary, read_dictionary
from ingest.models.build.files import write_model
from ingest.models.build.lexicon import make_lexicon
from ingest.models.build.vectors import Components, smooth_inverse_frequency, translate_rows
from ingest.models.build.words import Cutter, choose_words
from ingest.models.static import StaticModel
from ingest.models.vocabulary import Vocabulary

CEDICT = """# CC-CEDICT
報銷 报销 [bao4 xiao1] /to submit an expense account/to apply for reimbursement/
年假 年假 [nian2 jia4] /annual leave/New Year holidays/
員工 员工 [yuan2 gong1] /staff; employee/CL:個|个[ge4]/
僱員 雇员 [gu4 yuan2] /employee/
后 后 [hou4] /empress; queen/
後 后 [hou4] /back; behind; rear/
"""


@pytest.fixture
def dictionary(tmp_path: Path) -> Dictionary:
    with gzip.open(tmp_path / "cedict.txt.gz", "wt", encoding="utf-8") as out:
        out.write(CEDICT)
    return read_dictionary(tmp_path)


def test_rows_under_other_licences_are_skipped(tmp_path: Path) -> None:
    """Only pairs whose licence allows a derived file to ship are read."""
    rows = [
        {"en": "leave", "zh": "假", "src": "a", "lic": "MIT"},
        {"en": "leave", "zh": "假", "src": "b", "lic": "CC-BY-NC-SA-4.0"},
        {"en": "leave", "zh": "假", "src": "c", "lic": "unknown"},
    ]
    with gzip.open(tmp_path / "parallel_en_zh.jsonl.gz", "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)
    assert read_pairs(tmp_path) == [Pair("leave", "假", "a")]


def test_a_pair_is_held_out_for_good() -> None:
    """Which pairs are held out depends on their text alone, and about 2 in 100 are."""
    pairs = [Pair(f"sentence {i}", "句子", "a") for i in range(5000)]
    held_out = [pair for pair in pairs if pair.held_out]
    assert 50 < len(held_out) < 150
    assert [pair for pair in pairs if pair.held_out] == held_out


def test_glosses_are_bare_english(dictionary: Dictionary) -> None:
    """`to`, measure words and pointers are no part of a gloss; senses keep their order."""
    assert dictionary.glosses["报销"] == ("submit an expense account", "apply for reimbursement")
    assert dictionary.glosses["员工"] == ("staff; employee",)


def test_characters_of_both_scripts_stay_unless_known_better(dictionary: Dictionary) -> None:
    """后 is a simplified word and stays; 後 always means it."""
    assert dictionary.simplified["報"] == "报"
    assert dictionary.simplified["後"] == "后"
    assert "后" not in dictionary.simplified


def test_alignment_finds_which_word_means_which() -> None:
    """Words that share all their sentences, and only those, are each other's translation."""
    pairs = [
        (["员工", "年假"], ["employee", "leave"], 1.0),
        (["员工", "培训"], ["employee", "training"], 1.0),
        (["年假", "培训"], ["leave", "training"], 1.0),
        (["年假", "申请"], ["leave", "request"], 1.0),
    ]
    to_english, to_chinese = tables(align(pairs))
    for chinese, english in [("员工", "employee"), ("年假", "leave"), ("培训", "training")]:
        assert to_english[chinese][0][0] == english
        assert to_chinese[english][0][0] == chinese
    assert all(abs(sum(p for _, p in found) - 1) < 1e-9 for found in to_english.values())


def test_the_commoner_word_is_the_first_translation(dictionary: Dictionary) -> None:
    """Two words with one gloss: the one that is used more comes first."""
    frequencies = {"员工": 3000, "雇员": 40, "年假": 20, "报销": 200}
    cutter = Cutter(dictionary, frequencies)
    lexicon = make_lexicon([], dictionary, cutter, frequencies, str)
    assert tables(lexicon)[1]["employee"][0][0] == "员工"


def test_dictionary_words_that_no_text_holds_get_a_row_by_plain_glosses(
    dictionary: Dictionary,
) -> None:
    """年假 is in no count, yet it is a word; English words come from the texts."""
    pairs = [Pair("Employees who reimburse annual leave", "员工报销", "a")] * 3
    passages = [Passage("leave", "annual leave", "en", human=False)]
    words = choose_words(dictionary, {"员工": 500}, pairs, passages, frozenset({"leave", "is"}))
    assert {"年假", "员工", "报销"} <= set(words.chinese)
    assert {"reimburse", "annual"} <= set(words.english)
    assert "leave" not in words.english


def test_a_chinese_row_is_the_mean_of_its_translations() -> None:
    """Translations count by their probability; a word without any takes its first gloss."""
    axes = np.eye(256, dtype=np.float32)
    vector_of: Callable[[str], np.ndarray] = {
        "annual": axes[0],
        "leave": axes[1],
        "staff": axes[2],
    }.__getitem__
    rows = translate_rows(
        ["年假", "员工", "无"],
        {"年假": [("annual", 0.75), ("leave", 0.25)]},
        {"员工": ("staff",)},
        vector_of,
    )
    assert rows[0, :2].tolist() == [0.75, 0.25]
    assert np.array_equal(rows[1], axes[2])
    assert not rows[2].any()


def test_components_keep_what_the_vectors_differ_in() -> None:
    """The two widest directions go; the spread of the others is that of the reduced vectors."""
    random = np.random.default_rng(5)
    vectors = random.normal(size=(2000, 300)).astype(np.float32) * np.linspace(9, 1, 300)
    components = Components.of(vectors.astype(np.float32))
    reduced = components.reduce(vectors.astype(np.float32))
    assert reduced.shape == (2000, 256)
    assert np.allclose(reduced.std(axis=0), components.spread, rtol=1e-3)
    assert np.all(np.diff(components.spread) <= 1e-6)


def test_rarer_words_weigh_more() -> None:
    """A word that never occurs weighs 1, and the weight falls with frequency."""
    weights = smooth_inverse_frequency(np.array([0.0, 1.0, 1000.0, 50_000.0]), 3e-4)
    assert weights[0] == 1
    assert np.all(np.diff(weights) < 0)


def test_a_written_model_keeps_its_vectors(tmp_path: Path) -> None:
    """Eight bits keep every direction to a cosine of 0.999, every weight and a row of zeros."""
    random = np.random.default_rng(3)
    vectors = random.normal(size=(4, 256)).astype(np.float32)
    vectors[3] = 0
    vocabulary = Vocabulary(["annual", "leave", "年假", "void"], {"年假": 20})
    ones = np.ones(4, dtype=np.float32)
    write_model(tmp_path, vocabulary, vectors, (ones, ones * 2), np.ones(256, dtype=np.float32))
    model = StaticModel.load(tmp_path)
    expected = vectors[:3] / np.linalg.norm(vectors[:3], axis=1, keepdims=True)
    encoded = model.encode(["annual", "leave", "年假", "void"])
    assert np.all((encoded[:3] * expected).sum(axis=1) > 0.999)
    assert not encoded[3].any()
    assert np.allclose(
        model.weights(model.tokens("annual 年假")), np.linalg.norm(vectors[[0, 2]], axis=1) * 2
    )


def test_distilling_turns_sums_towards_their_targets() -> None:
    """Sentences come nearer to their targets; rows that no sentence holds stay where they are."""
    pytest.importorskip("scipy", reason="scipy comes with the tools that build the model")
    from ingest.models.build.distil import distil

    random = np.random.default_rng(7)
    rows = random.normal(size=(30, 16)).astype(np.float32)
    sentences = [random.integers(0, 25, size=6).tolist() for _ in range(40)]
    means = np.stack([rows[one].mean(axis=0) for one in sentences])
    targets = (means + random.normal(size=means.shape)).astype(np.float32)
    moved = distil(rows, np.ones(30, dtype=np.float32), sentences, targets)

    def mean_cosine(table: np.ndarray) -> float:
        found = np.stack([table[one].mean(axis=0) for one in sentences])
        lengths = np.linalg.norm(found, axis=1) * np.linalg.norm(targets, axis=1)
        return float(((found * targets).sum(axis=1) / lengths).mean())

    assert mean_cosine(moved) > mean_cosine(rows) + 0.02
    assert np.array_equal(moved[25:], rows[25:])
