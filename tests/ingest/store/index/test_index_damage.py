"""Real damage to every file of an index: afterwards all of it is whole again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from assistant.retrieval.retrieve import Retriever
from ingest.library import Library
from ingest.store.index.interface import LexicalQuery
from ingest.store.index.words.checksums import damaged
from tests.folders import add_source, open_library, scope, sync, write_files

COUNT = 20
ROOF = LexicalQuery({"roof": 1.0}, {})


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed state folder with some documents, one of them changed since it was indexed."""
    root = tmp_path_factory.mktemp("whole")
    files = {
        f"{number}.md": f"# Part {number}\n\nRoof number {number} has zeppelin{number}.\n"
        for number in range(COUNT)
    }
    with open_library(root / "home") as library:
        add_source(library, write_files(root / "docs", files))
        sync(library)
        write_files(root / "docs", {"3.md": "# Part 3\n\nAnother roof.\n"})
        sync(library)
    return root / "home"


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _alter(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for place in np.random.default_rng(7).integers(0, len(data), 12):
        data[place] ^= 0x5A
    path.write_bytes(data)


DAMAGES: dict[str, Callable[[Path], None]] = {"cut": _cut, "altered": _alter, "gone": Path.unlink}
KINDS = ("fast", "fieldnorm", "idx", "pos", "store", "term", "del", "json", "f32", "i64")


def _roofs(library: Library) -> int:
    return len(library.index.lexical(ROOF, scope(library), 100))


@pytest.mark.parametrize(
    ("damage", "suffix"),
    [
        *(("gone", suffix) for suffix in KINDS),
        *(("altered", suffix) for suffix in KINDS),
        *(("cut", suffix) for suffix in ("idx", "json", "f32", "i64")),
    ],
)
def test_a_damaged_file_costs_nothing(
    whole: Path, tmp_path: Path, suffix: str, damage: str
) -> None:
    """After a crash it is found and mended by itself; a check says that all is well again."""
    home = shutil.copytree(whole, tmp_path / "home")
    paths = list((home / "index").rglob(f"*.{suffix}"))
    assert paths
    for path in paths:
        DAMAGES[damage](path)
    (home / "open").touch()  # as a killed process leaves it
    with open_library(home) as library:
        library.check(repair=True, second_look_s=0)
        report = library.check(second_look_s=0)
        assert (report.clean, report.passages) == (True, COUNT), report.to_json()
        assert _roofs(library) == COUNT
        assert sync(library).counts["embedded_chunks"] == 0


@pytest.mark.parametrize("suffix", ["idx", "pos", "store", "term"])
def test_damage_without_a_crash_is_found_by_the_check(
    whole: Path, tmp_path: Path, suffix: str
) -> None:
    """A bad disk leaves no trace but a wrong sum: told by a check, mended by a rebuild."""
    home = shutil.copytree(whole, tmp_path / "home")
    for path in (home / "index").rglob(f"*.{suffix}"):
        data = bytearray(path.read_bytes())
        data[-200 if len(data) > 250 else 0] ^= 0x01
        path.write_bytes(data)
    with open_library(home) as library:
        found = library.check(second_look_s=0)
        assert not found.clean
        assert {Path(name).suffix for name in found.found["words_damaged"]} == {f".{suffix}"}
        mended = library.check(repair=True, second_look_s=0)
        assert mended.clean, mended.to_json()
        assert library.check(second_look_s=0).found == {}
        assert _roofs(library) == COUNT


@pytest.mark.parametrize("suffix", ["idx", "term", "fast"])
def test_questions_go_by_meaning_where_words_cannot_be_read(
    whole: Path, tmp_path: Path, suffix: str
) -> None:
    """A disk that fails under a running server costs one leg; the next start writes it again."""
    home = shutil.copytree(whole, tmp_path / "home")
    with open_library(home) as library:
        for path in (home / "index").rglob(f"words/*.{suffix}"):
            with path.open("r+b") as file:
                file.write(np.random.default_rng(1).bytes(path.stat().st_size))
        retriever = Retriever(
            library.catalogue, library.searchable, library.static_model, library.translations
        )
        with closing(retriever):
            question = retriever.analyse("zeppelin on the roof")
            assert retriever.retrieve(question, scope(library), 5).found
        assert library.index.lexical(ROOF, scope(library), 100) == []
        assert library.index.frequency("roof") <= COUNT + 1
        assert "footnote rebuild" in library.ready()
    with open_library(home) as library:
        assert "footnote rebuild" not in library.ready()
        assert _roofs(library) == COUNT


def test_whole_files_pass_and_any_altered_byte_does_not(whole: Path, tmp_path: Path) -> None:
    """The sums are tantivy's own, over whatever it has written."""
    (words,) = (whole / "index").glob("*/words")
    assert damaged(words) == []
    copy = shutil.copytree(words, tmp_path / "words")
    chance = np.random.default_rng(11)
    for path in sorted(copy.iterdir()):
        if path.suffix in {".json", ".lock"}:
            continue
        good = path.read_bytes()
        for place in chance.integers(0, len(good), 20):
            bad = bytearray(good)
            bad[place] ^= 1 << int(chance.integers(8))
            path.write_bytes(bad)
            same_footer = place >= len(good) - 120  # a version number there is not summed up
            assert damaged(copy) == [path.name] or same_footer
        path.write_bytes(good)
    assert damaged(copy) == []
    assert damaged(tmp_path) == ["meta.json"]
