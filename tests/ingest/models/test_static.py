"""What the built-in models promise: one space for both languages, exact shapes, stable words."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ingest.models.static import StaticModel
from ingest.models.translations import Translations
from ingest.models.vocabulary import Vocabulary
from ingest.text.simplified import simplify

ANNUAL_LEAVE = "How many days of annual leave do employees get?"
ANNUAL_LEAVE_ZH = "员工每年有多少天年假？"
STEAM_ENGINE = "The steam engine was invented in the eighteenth century."
STEAM_ENGINE_ZH = "蒸汽机发明于十八世纪。"

any_text = st.text(max_size=300) | st.text(
    alphabet="年假报销的员工 annual leave，。12", max_size=300
)


def compared(
    model: StaticModel, query: str, passages: Sequence[str]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Whole passages and their best stretches, compared with a query."""
    return model.compare_words(model.tokens(query), [model.compared_words(p) for p in passages])


def covered_by(model: StaticModel, query: str, passages: Sequence[str]) -> NDArray[np.float32]:
    """How much of a query whole passages cover."""
    return compared(model, query, passages)[0]


@pytest.fixture(scope="session")
def model() -> StaticModel:
    return StaticModel.load()


@pytest.fixture(scope="session")
def translations() -> Translations:
    return Translations.load()


def test_a_question_is_nearest_to_its_translation(model: StaticModel) -> None:
    """English and Chinese texts of one meaning are closer than texts of one language."""
    english, chinese, engine, engine_zh = model.encode(
        [ANNUAL_LEAVE, ANNUAL_LEAVE_ZH, STEAM_ENGINE, STEAM_ENGINE_ZH]
    )
    assert english @ chinese > 0.5
    assert engine @ engine_zh > 0.5
    assert english @ chinese > english @ engine + 0.2
    assert chinese @ english > chinese @ engine_zh + 0.2


def test_traditional_and_wide_forms_embed_like_the_usual_ones(model: StaticModel) -> None:
    """Traditional characters, full-width letters and case change nothing."""
    vectors = model.encode(["软件开发 API v2", "軟件開發 ＡＰＩ ｖ２"])
    assert np.allclose(vectors[0], vectors[1])


def test_a_text_without_words_is_a_zero_row(model: StaticModel) -> None:
    """Empty text and mere punctuation embed as zeros, beside texts that do not."""
    vectors = model.encode(["", "annual leave", "？！ …"])
    assert vectors.shape == (3, model.dimensions)
    assert vectors.dtype == np.float32
    assert not vectors[0].any()
    assert not vectors[2].any()
    assert np.linalg.norm(vectors[1]) == pytest.approx(1.0, abs=1e-5)


def test_no_texts_give_no_rows(model: StaticModel) -> None:
    """An empty batch keeps the shape (0, dimensions)."""
    assert model.encode([]).shape == (0, 256)
    assert covered_by(model, "annual leave", []).shape == (0,)


@given(texts=st.lists(any_text, max_size=4))
def test_every_vector_is_a_unit_or_zero(model: StaticModel, texts: list[str]) -> None:
    """Whatever the bytes, a vector has length 1, or 0 if no word was known."""
    lengths = np.linalg.norm(model.encode(texts), axis=1)
    assert all(abs(length - 1) < 1e-4 or length == 0 for length in lengths)


@given(texts=st.lists(any_text, min_size=1, max_size=4))
def test_a_vector_does_not_depend_on_its_batch(model: StaticModel, texts: list[str]) -> None:
    """Encoding together or one by one gives the same vectors."""
    together = model.encode(texts)
    alone = np.concatenate([model.encode([text]) for text in texts])
    assert np.array_equal(together, alone)


@given(text=any_text, limit=st.integers(min_value=0, max_value=20))
def test_tokens_are_different_and_within_the_limit(
    model: StaticModel, text: str, limit: int
) -> None:
    """Tokens never repeat, and a smaller limit gives the beginning of the larger list."""
    every = model.tokens(text).tolist()
    assert len(set(every)) == len(every) <= 256
    assert model.tokens(text, limit).tolist() == every[:limit]


def test_maxsim_is_the_weighted_best_cosine(model: StaticModel) -> None:
    """The batched score is the formula of the docstring, worked out word by word."""
    passages = [ANNUAL_LEAVE_ZH, "", STEAM_ENGINE, "Employees get 25 days of annual leave."]
    scores = covered_by(model, ANNUAL_LEAVE, passages)
    asked = model.tokens(ANNUAL_LEAVE)
    weights, query = model.weights(asked), model.unit_vectors(asked)
    for passage, score in zip(passages, scores, strict=True):
        words = model.unit_vectors(model.tokens(passage))
        best = (query @ words.T).max(axis=1) if len(words) else np.zeros(len(query))
        assert score == pytest.approx(float((weights * best).sum() / weights.sum()), abs=1e-4)


@given(query=any_text, passages=st.lists(any_text, max_size=5))
def test_maxsim_is_at_most_one_and_needs_words(
    model: StaticModel, query: str, passages: list[str]
) -> None:
    """Scores stay within −1 and 1; a passage scores 1 against itself, 0 if it has no word."""
    scores = covered_by(model, query, [*passages, query, ""])
    assert np.all(np.abs(scores) <= 1 + 1e-4)
    assert scores[-1] == 0
    if len(model.tokens(query)):
        assert scores[-2] == pytest.approx(1.0, abs=1e-3)


def test_maxsim_finds_the_passage_that_answers_in_the_other_language(model: StaticModel) -> None:
    """A Chinese passage on leave outranks English and Chinese ones on something else."""
    scores = covered_by(model, ANNUAL_LEAVE, [STEAM_ENGINE, ANNUAL_LEAVE_ZH, STEAM_ENGINE_ZH])
    assert scores.argmax() == 1


def test_threads_share_one_model() -> None:
    """Many threads that meet the same new words at once get what one thread gets."""
    texts = [f"{ANNUAL_LEAVE} item{i} 报销单据{i} naïveté" for i in range(40)]
    fresh = StaticModel.load()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: fresh.encode([text])[0], texts * 4))
    expected = StaticModel.load().encode(texts * 4)
    assert np.array_equal(np.stack(found), expected)


def test_words_without_an_entry_are_divided_or_dropped() -> None:
    """The longest known parts count; what has none is left out; accents are no obstacle."""
    vocabulary = Vocabulary(
        ["re", "##im", "##burse", "年", "年假", "cafe"], {"年": 50, "年假": 200, "假": 50}
    )
    entries = [vocabulary.entries[row] for row in vocabulary.rows("Reimburse 年假 年限 Café ☃")]
    assert entries == ["re", "##im", "##burse", "年假", "年", "cafe"]


def test_a_vocabulary_comes_back_from_its_file(tmp_path: Path) -> None:
    """Written and read, a vocabulary has the same entries, rows and frequencies."""
    written = Vocabulary(["leave", "##s", "年假"], {"年假": 20})
    written.write(tmp_path / "vocabulary.txt")
    read = Vocabulary.read(tmp_path / "vocabulary.txt")
    assert read.entries == written.entries
    assert read.frequencies == written.frequencies


def test_the_chinese_words_of_the_model_have_entries(model: StaticModel) -> None:
    """Each Chinese word that the model cuts out is a row of its own."""
    assert len(model.tokens("年假 报销 数据库")) == 3


@pytest.mark.parametrize(
    ("word", "translation"),
    [
        ("华沙", "warsaw"),
        ("年假", "annual"),
        ("数据库", "databas"),
        ("warsaw", "华沙"),
        ("databas", "数据库"),
        ("holiday", "假期"),
    ],
)
def test_words_are_translated(translations: Translations, word: str, translation: str) -> None:
    """Everyday and technical words have their translation, English ones by their stems."""
    assert translation in dict(translations.of(word))


def test_an_unknown_chinese_word_is_translated_by_its_parts(translations: Translations) -> None:
    """A compound that no dictionary lists has the translations of all parts it is made of."""
    assert translations.of("数据库管理规定")[0][1] >= translations.of("数据库管理规定")[-1][1]
    assert {"databas", "manag"} <= set(dict(translations.of("数据库管理规定")))


@given(word=any_text | st.sampled_from(["年假", "leav", "databas", "数据库", "数据库管理规定"]))
def test_translation_weights_fall_from_at_most_one(translations: Translations, word: str) -> None:
    """Weights lie above 0 and at most at 1, best first; no translation is given twice."""
    found = translations.of(word)
    weights = [weight for _, weight in found]
    assert all(0 < weight <= 1 for weight in weights)
    assert weights == sorted(weights, reverse=True)
    assert len(dict(found)) == len(found)


def test_a_table_comes_back_from_its_file(tmp_path: Path) -> None:
    """Written and read, a table translates as before, to within a step of 1/255."""
    table = Translations.of_table({"假": [("holiday", 0.6), ("leav", 0.4)], "leav": [("假", 1.0)]})
    table.save(tmp_path)
    read = Translations.load(tmp_path)
    assert read.of("假") == table.of("假")
    assert dict(read.of("假"))["holiday"] == pytest.approx(0.6, abs=1 / 255)
    assert read.of("leav") == (("假", 1.0),)
    assert read.of("holiday") == ()


@given(text=st.text())
def test_simplifying_keeps_every_offset(text: str) -> None:
    """One character becomes one character, and simplifying twice changes nothing more."""
    simplified = simplify(text)
    assert len(simplified) == len(text)
    assert simplify(simplified) == simplified


def test_traditional_becomes_simplified_and_shared_characters_stay() -> None:
    """Traditional characters change; characters that both scripts use do not."""
    assert simplify("報銷單與員工手冊後裡") == "报销单与员工手册后里"
    assert simplify("年假 annual leave 皇后") == "年假 annual leave 皇后"


def test_the_best_stretch_of_a_passage_is_at_most_the_whole(model: StaticModel) -> None:
    """Words that stand together count in the stretch; scattered ones only in the whole."""
    filler = " ".join(["the steam engine was built of iron and brass"] * 8)
    together = f"{filler} everyone has annual leave of 25 days {filler}"
    apart = f"annual {filler} leave {filler} days"
    covered, closest = compared(
        model, "days of annual leave", [together, apart, "annual leave", ""]
    )
    assert (closest <= covered + 1e-6).all()
    assert closest[0] > closest[1] + 0.1
    assert covered[2] == pytest.approx(closest[2])
    assert closest[3] == 0


@given(texts=st.lists(st.text(alphabet="abc 年假 leave", max_size=300), max_size=5))
def test_comparing_together_is_comparing_one_by_one(model: StaticModel, texts: list[str]) -> None:
    """What stands beside a passage in a comparison does not change its scores."""
    covered, closest = compared(model, "annual leave 年假", texts)
    for i, text in enumerate(texts):
        one_covered, one_closest = compared(model, "annual leave 年假", [text])
        assert covered[i] == pytest.approx(one_covered[0], abs=1e-5)
        assert closest[i] == pytest.approx(one_closest[0], abs=1e-5)
