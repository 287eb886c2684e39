"""How the contextual encoder is made: grafted words, training, 8 bits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ingest.models.build.export import write_rows, write_transformer
from ingest.models.build.graft import graft
from ingest.models.build.tune import Encoder, Lesson, tune
from ingest.models.contextual import ContextualModel, seal
from ingest.models.vocabulary import Vocabulary

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "annual", "leave", "staff", "##s", "pay"]
WORDS = {"年假": 20, "员工": 30, "工资": 10}
WIDTH = 32


def test_a_grafted_word_is_the_mean_of_its_translations() -> None:
    """By probability; a gloss stands in for translations, characters for a gloss."""
    embeddings = np.eye(4, dtype=np.float32)
    pieces = {"annual": [0], "leave": [1], "staffs": [2, 3]}
    rows = graft(
        ["年假", "员工", "年", "员", "员年", "蔡", "彭", "杭", "彭年"],
        {"年假": [("annual", 0.6), ("leave", 0.2), ("rare", 0.01)], "年": [("annual", 1.0)]},
        {"员工": ("staffs",), "员": ("leave",)},
        lambda text: pieces.get(text, []),
        embeddings,
        {"杭": 3},
    )
    assert np.allclose(rows[0], [0.75, 0.25, 0, 0])
    assert np.allclose(rows[1], [0, 0, 0.5, 0.5])
    assert np.allclose(rows[4], [0.5, 0.5, 0, 0])
    assert np.allclose(np.linalg.norm(rows[5:7], axis=1), 1)
    assert abs(rows[5] @ rows[6]) < 0.99
    assert np.allclose(rows[7], [0, 0, 0, 1])
    assert np.allclose(rows[8], (rows[6] + rows[2]) / 2)


def _tiny_bert() -> Any:
    transformers = pytest.importorskip("transformers", reason="needs the `models` extra")
    torch = pytest.importorskip("torch", reason="needs the `models` extra")
    torch.manual_seed(7)
    config = transformers.BertConfig(
        vocab_size=len(PIECES),
        hidden_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=300,
        attn_implementation="eager",
    )
    return transformers.BertModel(config, add_pooling_layer=False).eval()


@pytest.mark.models
def test_training_moves_chinese_words_towards_the_english_and_nothing_else() -> None:
    """The loss's aim is met more closely after it; English embeddings are untouched."""
    model = _tiny_bert()
    torch = pytest.importorskip("torch")
    english = model.embeddings.word_embeddings.weight.detach().numpy()
    random = np.random.default_rng(3)
    chinese = random.normal(size=(3, WIDTH)).astype(np.float32) * 0.02
    before = np.concatenate([english, chinese])
    lessons = [
        Lesson([2, 4, 5, 3], [2, 9, 3]),
        Lesson([2, 6, 3], [2, 10, 3]),
        Lesson([2, 6, 8, 3], [2, 10, 11, 3]),
        Lesson([2, 4, 5, 8, 3], [2, 9, 11, 3]),
    ]
    encoder = Encoder(model)
    after = tune(encoder, before, len(PIECES), lessons, steps=60, rate=0.02)
    assert np.array_equal(after[: len(PIECES)], before[: len(PIECES)])

    def likeness(table: np.ndarray) -> float:
        rows, place = torch.from_numpy(table), torch.arange(len(table))
        with torch.no_grad():
            wanted = encoder.vectors([one.english for one in lessons], rows, place)
            found = encoder.vectors([one.chinese for one in lessons], rows, place)
        return float((wanted * found).sum(1).mean())

    assert likeness(after) > likeness(before) + 0.02


@pytest.mark.models
@pytest.mark.filterwarnings("ignore")
def test_eight_bits_say_what_the_whole_model_says(tmp_path: Path) -> None:
    """What is written and read again gives torch's vectors, in both languages."""
    model = _tiny_bert()
    pytest.importorskip("onnx", reason="onnx is not installed (make .venv/.bench)")
    torch = pytest.importorskip("torch")
    english = model.embeddings.word_embeddings.weight.detach().numpy()
    random = np.random.default_rng(3)
    rows = np.concatenate([english, random.normal(size=(3, WIDTH)).astype(np.float32) * 0.02])
    vocabulary = Vocabulary([*PIECES[4:], *WORDS], WORDS)
    write_rows(tmp_path, PIECES, rows)
    write_transformer(tmp_path, model)
    seal(tmp_path, vocabulary.build)
    read = ContextualModel.load(vocabulary, tmp_path)
    whole = Encoder(model)
    for text, tokens in [
        ("annual leaves pay", [2, 4, 5, 7, 8, 3]),
        ("员工 pay 年假", [2, 10, 8, 9, 3]),
        ("stuff pay", [2, 1, 8, 3]),
    ]:
        with torch.no_grad():
            wanted = whole.vectors([tokens], torch.from_numpy(rows), torch.arange(len(rows)))
        assert read.encode([text])[0] @ wanted.numpy()[0] > 0.99
