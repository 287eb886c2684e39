"""`check` finds every kind of disagreement, mends it, and raises no false alarm."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import delete

from ingest.care.report import Report
from ingest.library import Library
from ingest.store.catalogue.access.classes import AccessRule
from ingest.store.catalogue.database import schema
from ingest.store.catalogue.documents.changing import moment_of
from ingest.store.catalogue.documents.known import known_files
from ingest.store.catalogue.documents.removing import remove_documents
from ingest.store.catalogue.for_index import index_rows
from ingest.store.catalogue.sources import UPLOADS
from ingest.store.index.interface import Labels, LexicalQuery
from ingest.store.index.words.fields import document_of
from ingest.store.index.words.lexical import LexicalIndex
from tests.folders import add_source, open_library, scope, sync, write_files

FILES = {
    "a.md": "# Leave\n\nAnnual leave is 25 days.\n\n## Sick leave\n\nTell your manager by nine.\n",
    "b.md": "# Zeppelins\n\nZeppelins land on the roof.\n",
    "zh/c.md": "# 差旅\n\n住宿费上限为每晚 500 元。\n",
}


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(tmp_path / "home") as opened:
        add_source(opened, write_files(tmp_path / "docs", FILES))
        sync(opened)
        yield opened


@pytest.fixture
def with_graph(tmp_path: Path) -> Iterator[Library]:
    with open_library(tmp_path / "home", graph_from=0) as opened:
        add_source(opened, write_files(tmp_path / "docs", FILES))
        sync(opened)
        assert opened.index.wait_for_graph(60)
        yield opened


def _kinds(report: Report) -> set[str]:
    return set(report.found)


def test_a_whole_index_is_clean(with_graph: Library) -> None:
    """Nothing is wrong after a sync, a change, a move and a deletion."""
    library = with_graph
    root = library.settings.home.parent / "docs"
    assert library.check().clean
    write_files(root, {"b.md": "# Zeppelins\n\nZeppelins land in the garden.\n"})
    (root / "a.md").rename(root / "moved.md")
    (root / "zh" / "c.md").unlink()
    sync(library)
    library.index.wait_for_graph(60)
    report = library.check()
    assert report.clean, report.to_json()
    assert report.passages == len(library.index.words.chunk_ids())


def _row(library: Library) -> int:
    return min(library.index.matrix.ids())


def _drop_words(library: Library) -> None:
    library.index.words.remove([_row(library)])
    library.index.words.commit()


def _add_stranger(library: Library) -> None:
    vector = library.embedder.embed(["stranger"])
    label = Labels(1, "en", "handbook", moment_of(0))
    library.index.matrix.add([999_999], vector, [label])


def _drop_vector(library: Library) -> None:
    library.index.matrix.remove([_row(library)])


def _spoil_vector(library: Library) -> None:
    chunk_id = _row(library)
    place = library.index.matrix._row_of[chunk_id]
    path = library.settings.home / "index"
    (vectors,) = path.rglob("vectors.f32")
    data = np.memmap(vectors, np.float32, mode="r+").reshape(-1, library.embedder.dimensions)
    data[place] = data[place][::-1]
    data.flush()


def _open_to_others(library: Library) -> None:
    """The label in the matrix and in tantivy says another class than the catalogue."""
    chunk_id = _row(library)
    library.index.matrix.label([(chunk_id, Labels(77, "en", "handbook", moment_of(0)))])


def _word_row(library: Library, **changes: Any) -> None:
    """A passage is written into the lexical index with other labels than the catalogue's."""
    with library.catalogue.read() as connection:
        ((row, moment),) = index_rows(connection, [_row(library)])
    library.index.words.add([replace(row, **changes)], [moment])
    library.index.words.commit()


def _open_words_to_others(library: Library) -> None:
    _word_row(library, access_class=77)


def _words_of_another_source(library: Library) -> None:
    _word_row(library, source="elsewhere")


def _words_in_another_language(library: Library) -> None:
    _word_row(library, language="zh")


def _vector_of_another_source(library: Library) -> None:
    chunk_id = _row(library)
    seen = library.index.matrix.filed([chunk_id])[chunk_id]
    label = Labels(seen.access_class, seen.language, "elsewhere", moment_of(0))
    library.index.matrix.label([(chunk_id, label)])


def _write_words_twice(library: Library) -> None:
    """As a writer does that was given the same passage by two owners."""
    words = library.index.words
    with library.catalogue.read() as connection:
        ((row, moment),) = index_rows(connection, [_row(library)])
    words._writer._open_writer.add_document(document_of(row, moment))
    words.commit()


def _leave_purge_list(library: Library) -> None:
    """A document was removed and the process died before its passages were purged."""
    with library.catalogue.write() as tx:
        found = known_files(tx, "handbook")["b.md"]
        remove_documents(tx, [found.document_id])


def _damage_words(library: Library) -> None:
    folder = library.settings.home / "index"
    path = max(folder.rglob("*.store"))
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 0xFF
    path.unlink()  # the old content stays what the open index sees
    path.write_bytes(data)


def _forget_embedding(library: Library) -> None:
    with library.catalogue.write() as tx:
        tx.execute(delete(schema.embedding))


def _drop_from_graph(library: Library) -> None:
    follower = library.index._graph
    assert follower is not None
    assert follower._graph is not None
    follower._graph.remove("en", [_row(library)])


@pytest.mark.parametrize(
    ("damage", "kind"),
    [
        (_drop_words, "words_missing"),
        (_add_stranger, "vectors_orphaned"),
        (_drop_vector, "vectors_missing"),
        (_spoil_vector, "vectors_stale"),
        (_open_to_others, "vectors_wrong_class"),
        (_open_words_to_others, "words_wrong_class"),
        (_forget_embedding, "embeddings_missing"),
        (_words_of_another_source, "words_wrong_label"),
        (_words_in_another_language, "words_wrong_label"),
        (_vector_of_another_source, "vectors_wrong_label"),
        (_write_words_twice, "words_twice"),
        (_leave_purge_list, "purge_left"),
        (_damage_words, "words_damaged"),
    ],
)
def test_every_kind_of_damage_is_found_and_mended(
    library: Library, damage: Callable[[Library], None], kind: str
) -> None:
    """A check tells it without changing anything; a repair makes the next check clean."""
    damage(library)
    found = library.check(second_look_s=0)
    assert kind in _kinds(found)
    assert not found.clean
    assert kind in _kinds(library.check(second_look_s=0))
    mended = library.check(repair=True, second_look_s=0)
    assert mended.clean
    assert mended.mended
    assert _kinds(library.check(second_look_s=0)) == set()


@pytest.mark.parametrize(
    ("damage", "kind"),
    [(_drop_from_graph, "graph_missing"), (_spoil_vector, "vectors_stale")],
)
def test_a_graph_that_differs_is_found_and_filled_anew(
    with_graph: Library, damage: Callable[[Library], None], kind: str
) -> None:
    """The graph is never right where the vectors it was filled from were not."""
    damage(with_graph)
    assert kind in _kinds(with_graph.check(second_look_s=0))
    assert with_graph.check(repair=True, second_look_s=0).clean
    with_graph.index.wait_for_graph(60)
    assert _kinds(with_graph.check(second_look_s=0)) == set()


def test_an_upload_whose_file_is_gone_is_told(library: Library) -> None:
    """It cannot be mended, so it stays wrong until somebody does something."""
    library.upload("note.md", b"# Note\n\nText.\n", frozenset({"hr"}))
    (library.settings.home / "uploads" / "note.md").unlink()
    report = library.check(repair=True)
    assert not report.clean
    assert report.to_json()["problems"][0]["examples"] == ["note.md"]
    with library.catalogue.read() as connection:
        assert "note.md" in known_files(connection, UPLOADS)


def test_a_check_beside_syncs_raises_no_false_alarm(library: Library) -> None:
    """What a sync has staged or not yet purged is no error."""
    root = library.settings.home.parent / "docs"
    done = threading.Event()
    reports: list[Report] = []

    def look() -> None:
        while not done.is_set():
            reports.append(library.check())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        for number in range(8):
            write_files(root, {"b.md": f"# Zeppelins\n\nZeppelins land {number} times a day.\n"})
            write_files(root, {f"n{number}.md": f"# N\n\nNumber {number}.\n"})
            sync(library)
    finally:
        done.set()
        thread.join()
    assert reports
    assert all(report.clean for report in reports), [one.to_json() for one in reports]


def test_rules_that_change_are_no_error_and_reach_both_indexes(library: Library) -> None:
    """Many changes of who may read what, beside checks that mend and rebuilds: nothing is wrong."""
    root = library.settings.home.parent / "docs"
    write_files(root, {f"many/{number}.md": f"# {number}\n\nText.\n" for number in range(40)})
    sync(library)
    done = threading.Event()
    reports: list[Report] = []

    def look() -> None:
        while not done.is_set():
            reports.append(library.check(repair=True, second_look_s=0))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        for number in range(12):
            rule = AccessRule("**", frozenset({f"group {number}"}))
            add_source(library, root, access=(rule,))
            if number % 4 == 0:
                library.rebuild()
    finally:
        done.set()
        thread.join()
    wrong = [one.to_json() for one in reports if one.found]
    assert reports
    assert wrong == []
    assert library.check(second_look_s=0).clean


def test_questions_are_answered_during_a_rebuild(library: Library) -> None:
    """Every search beside it finds all that the first one found, and `readyz` says what goes on."""
    query = LexicalQuery({"zeppelin": 1.0}, {})
    before = _found(library)
    rounds: list[str] = []

    def while_it_is_built(_done: int, _total: int) -> None:
        rounds.append(library.ready())
        assert _found(library) == before
        assert library.index.lexical(query, scope(library), 10)

    library.rebuild(while_it_is_built)
    assert set(rounds) == {"the indexes are being rebuilt"}
    assert _found(library) == before
    assert library.index.lexical(query, scope(library), 10)


def test_a_rebuilt_index_is_the_same_and_nothing_is_embedded_again(library: Library) -> None:
    """From kept embeddings; questions are answered before, during and after."""
    before = _found(library)
    with library.catalogue.write() as tx:
        kept = tx.execute(schema.embedding.select()).all()
    library.rebuild()
    library.index.wait_for_graph(60)
    assert _found(library) == before
    with library.catalogue.read() as connection:
        assert connection.execute(schema.embedding.select()).all() == kept
    assert library.check().clean
    sync(library)
    assert library.check().clean


def _found(library: Library) -> list[tuple[str, list[int]]]:
    vector = library.embedder.embed_query("zeppelin")
    return [
        (one.language, [hit.chunk_id for hit in one.hits])
        for one in library.index.dense(vector, scope(library), 10)
    ]


@pytest.mark.parametrize("pattern", ["graph/**/*", "**/*"])
@pytest.mark.parametrize("how", ["random bytes", "deleted"])
def test_a_damaged_index_is_rebuilt_when_it_is_opened(
    tmp_path: Path, pattern: str, how: str
) -> None:
    """Whatever happened to its files: every passage is there again, without embedding."""
    home = tmp_path / "home"
    with open_library(home, graph_from=0) as library:
        add_source(library, write_files(tmp_path / "docs", FILES))
        sync(library)
        library.index.wait_for_graph(60)
        total = library.index.count()
    (home / "open").touch()  # as a killed process leaves it
    (folder,) = (home / "index").iterdir()
    damaged = [path for path in folder.glob(pattern) if path.is_file()]
    assert damaged
    chance = np.random.default_rng(5)
    for path in damaged:
        if how == "deleted":
            path.unlink()
        else:
            path.write_bytes(chance.bytes(max(100, path.stat().st_size)))
    with open_library(home, graph_from=0) as library:
        library.check(repair=True)
        library.index.wait_for_graph(60)
        assert library.index.count() == total
        assert library.check().clean, library.check().to_json()
        assert isinstance(library.index.words, LexicalIndex)
        assert _kinds(library.check()) == set()


def test_after_a_crash_everything_is_checked_without_being_asked(tmp_path: Path) -> None:
    """A wrong access class in the lexical index is mended before anybody runs a command."""
    home = tmp_path / "home"
    with open_library(home) as library:
        add_source(library, write_files(tmp_path / "docs", FILES))
        sync(library)
        _open_words_to_others(library)
    (home / "open").touch()
    with open_library(home) as library:
        tick = threading.Event()
        while library.ready():
            tick.wait(0.01)
        assert _kinds(library.check()) == set()
