"""The contextual encoder: what it reads, what it promises, and how it fails."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from api.cli import doctor
from api.settings import Settings
from ingest.errors import EmbedError
from ingest.library import Library
from ingest.models import contextual
from ingest.models.contextual import ContextualModel, is_installed
from ingest.models.embedders.opening import open_embedder
from ingest.models.embedders.together import PROBES
from ingest.models.static import StaticModel
from ingest.models.vocabulary import Vocabulary
from ingest.settings import IngestSettings

FOLDER = Path(contextual.__file__).parent / "footnote-contextual" / contextual.PACKAGE


@pytest.fixture(scope="module")
def static() -> StaticModel:
    return StaticModel.load()


@pytest.fixture(scope="module")
def model(static: StaticModel) -> ContextualModel:
    return ContextualModel.load(static.vocabulary)


def test_a_vector_is_the_texts_own(model: ContextualModel) -> None:
    """Unit length, and to the last bit the same whatever else is encoded beside it."""
    texts = ["annual leave", "年假", "x " * 9000, "报销 invoice 2024-05", "\u0000 🎉 leave"]
    together = model.encode(texts)
    assert together.shape == (len(texts), model.dimensions)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    for text, vector in zip(texts, together, strict=True):
        assert np.array_equal(model.encode([text])[0], vector)
    assert model.encode([]).shape == (0, model.dimensions)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_question_finds_its_answer_in_both_languages(
    model: ContextualModel, language: str
) -> None:
    """Each question is nearest to the text that says alike, in its own language and the other."""
    questions = [question for question, _ in PROBES[language]]
    for other in ("en", "zh"):
        likeness = model.encode(questions) @ model.encode([text for _, text in PROBES[other]]).T
        right = likeness.argmax(axis=1) == np.arange(len(questions))
        assert right.sum() >= len(questions) - 1


def test_a_text_of_no_known_word_has_no_direction(model: ContextualModel) -> None:
    """Likeness to it would be noise."""
    assert not model.encode(["", "龘", "🎉 🎉"]).any()


def test_every_name_has_a_direction_of_its_own(model: ContextualModel) -> None:
    """Surnames that no dictionary translates are told from each other."""
    names = model.encode(["蔡先生的合同", "彭先生的合同", "邓先生的合同"])
    likeness = names @ names.T
    assert np.all(likeness[~np.eye(3, dtype=bool)] < 0.995)


def test_chinese_signs_read_as_their_latin_ones(model: ContextualModel) -> None:
    """They are not unknown words."""
    one, other = model.encode(["员工；【年假】二〇二四", "员工;[年假]二零二四"])
    assert one @ other > 0.999


def test_order_counts_unlike_in_a_sum_of_words(model: ContextualModel, static: StaticModel) -> None:
    """The same words in another order are another text."""
    texts = ["The landlord pays the tenant.", "The tenant pays the landlord."]
    apart, same = model.encode(texts), static.encode(texts)
    assert apart[0] @ apart[1] < 0.999
    assert same[0] @ same[1] > 0.9999


def test_traditional_characters_and_wide_letters_read_alike(model: ContextualModel) -> None:
    """員工 is 员工, and ＡＢＣ is abc."""
    one, other = model.encode(["員工的年假有多少天？", "员工的年假有多少天？"])
    assert one @ other > 0.999
    wide, plain = model.encode(["ＶＰＮ password", "vpn password"])
    assert wide @ plain > 0.999


def test_the_setting_joins_it_to_the_static_model(static: StaticModel) -> None:
    """Both languages count as read closely; another script does not."""
    embedder = open_embedder(IngestSettings(embedder="builtin-contextual"), static)
    assert embedder.dimensions == static.dimensions + 384
    assert embedder.name.startswith("builtin-")
    assert "+contextual-" in embedder.name
    assert embedder.reads_closely("How many days?")
    assert embedder.reads_closely("年假有多少天？")
    assert not embedder.reads_closely("Сколько дней?")


def test_scripts_that_it_does_not_read_are_left_to_the_static_model(static: StaticModel) -> None:
    """Its view of them would be noise; the joined vector is the static one's at full length."""
    embedder = open_embedder(IngestSettings(embedder="builtin-contextual"), static)
    texts = ["Отпуск сотрудников", "연차 휴가는 며칠입니까"]
    for text, vector in zip(texts, embedder.embed(texts), strict=True):
        assert not vector[static.dimensions :].any()
        assert np.array_equal(embedder.embed_query(text), vector)


def _links_without(folder: Path, name: str) -> None:
    """The model's files in `folder`, but for one."""
    for path in FOLDER.iterdir():
        if path.is_file() and path.name != name:
            (folder / path.name).symlink_to(path)


@pytest.mark.parametrize("damage", ["cut", "empty", "gone"])
@pytest.mark.parametrize("name", [*contextual.FILES, contextual.BUILD])
def test_a_damaged_file_says_what_to_do(
    static: StaticModel, tmp_path: Path, name: str, damage: str
) -> None:
    """Whatever is missing, nothing is ever embedded with the rest."""
    _links_without(tmp_path, name)
    whole = (FOLDER / name).read_bytes()
    if damage != "gone":
        (tmp_path / name).write_bytes(whole[: len(whole) // 2] if damage == "cut" else b"")
    with pytest.raises(EmbedError, match="install it again"):
        ContextualModel.load(static.vocabulary, tmp_path)


@pytest.mark.parametrize("name", [contextual.ROWS, contextual.WORD_ROWS, contextual.SCALES])
def test_a_row_too_few_is_damage(static: StaticModel, tmp_path: Path, name: str) -> None:
    """Else each word after it would have its neighbour's vector."""
    _links_without(tmp_path, name)
    np.save(tmp_path / name, np.load(FOLDER / name)[:-1])
    with pytest.raises(EmbedError, match="rows are missing"):
        ContextualModel.load(static.vocabulary, tmp_path)


def test_what_was_built_has_the_name_that_it_was_sealed_with(tmp_path: Path) -> None:
    """The name says which files these are: another build is another model."""
    _links_without(tmp_path, contextual.BUILD)
    made_for = (FOLDER / contextual.BUILD).read_text().split()[1]
    contextual.seal(tmp_path, made_for)
    assert (tmp_path / contextual.BUILD).read_text() == (FOLDER / contextual.BUILD).read_text()


def test_a_model_for_another_vocabulary_is_refused() -> None:
    """Its rows would be other words'."""
    with pytest.raises(EmbedError, match="another build"):
        ContextualModel.load(Vocabulary(["annual", "年假"], {"年假": 20}))


@pytest.fixture
def not_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine with neither source nor package; gives the folder that packages are found in."""
    places = tmp_path / "packages"
    places.mkdir()
    monkeypatch.setattr(contextual, "_CHECKOUT", tmp_path / "none")
    monkeypatch.setattr(contextual, "PACKAGE", "footnote_contextual_of_this_test")
    monkeypatch.syspath_prepend(str(places))
    return places


@pytest.mark.usefixtures("not_installed")
def test_without_its_package_the_error_names_it(static: StaticModel) -> None:
    """The base install has no such files; `footnote doctor` tells, too."""
    assert not is_installed()
    with pytest.raises(EmbedError, match="pip install"):
        ContextualModel.load(static.vocabulary)
    verdict = doctor.examine(Settings(embedder="builtin-contextual"))[-1]
    assert verdict.level == "fail"
    assert "pip install" in verdict.what


@pytest.mark.usefixtures("not_installed")
def test_a_start_without_it_is_no_crash(tmp_path: Path) -> None:
    """The start after it, by then with another setting, has nothing to check."""
    home = tmp_path / "home"
    with pytest.raises(EmbedError, match="pip install"):
        Library.open(IngestSettings(home=home, embedder="builtin-contextual"))
    assert not (home / "open").exists()


def test_an_installed_package_is_found(not_installed: Path, static: StaticModel) -> None:
    """Where there is no source, the model comes from the package that holds it."""
    (not_installed / contextual.PACKAGE).symlink_to(FOLDER)
    assert is_installed()
    assert ContextualModel.load(static.vocabulary).encode(["leave"]).shape == (1, 384)
