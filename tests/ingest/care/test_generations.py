"""Another generation is built beside the live one, caught up with, switched to and back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select

from assistant.retrieval.retrieve import Retriever
from ingest.errors import EmbedError, GenerationError, NotFound
from ingest.jobs.worker import Worker
from ingest.library import Library
from ingest.models.embedders.builtin import BuiltinEmbedder
from ingest.models.static import StaticModel
from ingest.settings import IngestSettings
from ingest.store.catalogue import generations
from ingest.store.catalogue.access.classes import AccessRule
from ingest.store.catalogue.database import schema
from ingest.store.catalogue.for_index import live_rows
from ingest.store.catalogue.generations import GenerationState
from ingest.store.catalogue.jobs.progress import Progress
from ingest.store.catalogue.jobs.records import JobState
from ingest.store.catalogue.readable.documents import document_records
from ingest.store.catalogue.sources import Source
from ingest.types import Vectors
from tests.folders import add_source, open_library, scope, sync, write_files
from tests.ingest.models.embedders import Watched
from tests.repository import ROOT

FILES = {
    **{f"n{i:02}.md": f"# Note {i}\n\n" + f"Zeppelin number {i} lands. " * 40 for i in range(12)},
    "leave.md": "# Leave\n\nAnnual leave is 25 days.\n",
}
SMALLER = {"chunk_tokens": 40, "chunk_max_tokens": 60}


class Turned(Watched):
    """Another model: the built-in vectors, read backwards."""

    def __init__(self) -> None:
        super().__init__()
        self.name = "turned"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder.embed`."""
        return super().embed(texts)[:, ::-1]

    def embed_query(self, text: str) -> Vectors:
        """See `Embedder.embed_query`."""
        vector: Vectors = super().embed_query(text)[::-1]
        return vector


def _library(tmp_path: Path) -> Library:
    library = open_library(tmp_path / "home")
    add_source(library, write_files(tmp_path / "docs", FILES))
    sync(library)
    return library


def _build(library: Library, number: int) -> Progress:
    return library.build_generation(number, lambda _: None, threading.Event())


def _retriever(library: Library) -> Retriever:
    return Retriever(
        library.catalogue, library.searchable, library.static_model, library.translations
    )


def _paths(library: Library, question: str) -> list[str]:
    with closing(_retriever(library)) as retriever:
        found = retriever.retrieve(retriever.analyse(question), scope(library), 5).found
    return [one.chunk.path for one in found]


def _chunks(library: Library, generation: int | None = None) -> int:
    with library.catalogue.read() as connection:
        return sum(1 for _ in live_rows(connection, generation))


def test_other_chunks_are_a_generation_of_their_own(tmp_path: Path) -> None:
    """Built from the kept text, switched to, and the old one can be gone back to."""
    with _library(tmp_path) as library:
        before = _chunks(library)
        made = library.begin_generation(**SMALLER)
        assert library.begin_generation(**SMALLER).id == made.id
        assert (made.id, made.state) == (2, GenerationState.BUILDING)
        assert _chunks(library) == before
        (tmp_path / "docs").rename(tmp_path / "away")  # nothing is read from the files
        progress = _build(library, 2)
        assert progress.done == len(FILES)
        assert _chunks(library) > before
        assert _chunks(library) == library.index.count()
        assert library.check(second_look_s=0).clean
        assert _paths(library, "How long is annual leave?")[0] == "leave.md"
        _build(library, 1)
        assert _chunks(library) == library.index.count() == before
        assert library.check(second_look_s=0).clean
        with pytest.raises(GenerationError, match="is live"):
            library.drop_generation(1)
        library.drop_generation(2)
        assert _chunks(library, 2) == 0
        assert not (library.settings.home / "index" / "g2").exists()
        with pytest.raises(NotFound):
            _build(library, 2)


def test_another_model_answers_only_once_it_is_whole(tmp_path: Path) -> None:
    """Until then the index goes on with its own model, though the settings name the other."""
    _library(tmp_path).close()
    with open_library(tmp_path / "home", embedder=Turned()) as library:
        assert library.outdated
        assert isinstance(library.embedder, BuiltinEmbedder)
        assert _paths(library, "annual leave")[0] == "leave.md"
        _build(library, library.begin_generation().id)
        assert library.embedder.name == "turned"
        assert not library.outdated
        assert _paths(library, "annual leave")[0] == "leave.md"
        assert library.check(second_look_s=0).clean
        assert sync(library).counts["unchanged"] == len(FILES)
        library.drop_generation(1)
        with library.catalogue.read() as connection:
            models = set(connection.scalars(select(schema.embedding.c.model)))
        assert models == {"turned"}
    with open_library(tmp_path / "home") as library:
        assert library.outdated
        assert "cannot be opened" in library.ready()
        assert _paths(library, "annual leave")[0] == "leave.md"  # by words
        write_files(tmp_path / "docs", {"new.md": "# New\n\nSomething new.\n"})
        with pytest.raises(EmbedError, match="cannot be opened"):
            sync(library)
        _build(library, library.begin_generation().id)
        assert library.ready() == ""
        assert sync(library).counts["added"] == 1


def test_what_changes_during_a_build_is_right_afterwards(tmp_path: Path) -> None:
    """Edited, added, moved, deleted, and closed to readers while the build was under way."""
    with _library(tmp_path) as library:
        root = tmp_path / "docs"
        number = library.begin_generation(**SMALLER).id
        changed = threading.Event()

        def meanwhile(progress: Progress) -> None:
            if progress.done and not changed.is_set():
                changed.set()
                write_files(root, {"n01.md": "# Balloons\n\nBalloons rise.\n"})
                write_files(root, {"added.md": "# Gliders\n\nGliders glide.\n"})
                (root / "n02.md").unlink()
                (root / "n03.md").rename(root / "moved.md")
                closed = (AccessRule("leave.md", frozenset({"hr"})),)
                source = Source("handbook", str(root), access=(*closed, *_open_rules(library)))
                library.save_source(source)
                sync(library)

        library.build_generation(number, meanwhile, threading.Event())
        assert changed.is_set()
        report = library.check(second_look_s=0)
        assert report.clean, report.to_json()
        assert "added.md" in _paths(library, "gliders glide")
        assert "n01.md" in _paths(library, "balloons rise")
        with library.catalogue.read() as connection:
            _, records = document_records(connection, scope(library))
        seen = {one.path for one in records}
        assert "leave.md" not in seen
        assert {"moved.md", "added.md"} <= seen
        assert not {"n02.md", "n03.md"} & seen
        assert "leave.md" not in _paths(library, "annual leave")


def _open_rules(library: Library) -> tuple[AccessRule, ...]:
    from tests.folders import OPEN_TO_ALL

    return OPEN_TO_ALL


def test_questions_are_answered_at_every_moment(tmp_path: Path) -> None:
    """While it is built, switched and switched back no question comes back empty or mixed."""
    with _library(tmp_path) as library:
        number = library.begin_generation(**SMALLER).id
        done = threading.Event()
        wrong: list[list[str]] = []
        asked = 0

        def ask() -> None:
            nonlocal asked
            seen = scope(library)
            with closing(_retriever(library)) as retriever:
                question = retriever.analyse("How long is annual leave?")
                while not done.is_set():
                    found = retriever.retrieve(question, seen, 5).found
                    paths = [one.chunk.path for one in found]
                    asked += 1
                    if not paths or paths[0] != "leave.md" or paths.count("leave.md") != 1:
                        wrong.append(paths)

        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            for target in (number, 1, number, 1):
                _build(library, target)
        finally:
            done.set()
            for thread in threads:
                thread.join()
        assert asked > 20
        assert wrong == []


def test_a_build_is_a_job_that_can_be_cancelled_and_goes_on(tmp_path: Path) -> None:
    """With progress in the list of jobs; asked for again, it goes on where it was."""
    with _library(tmp_path) as library, Worker(library) as worker:
        number = library.begin_generation(**SMALLER).id
        job = worker.submit_generation(number)
        assert worker.submit_generation(number).id == job.id or worker.get(job.id).state == "done"
        ended = worker.wait(job.id, 60)
        assert ended.state is JobState.DONE
        assert (ended.kind, ended.done, ended.total) == ("generation", len(FILES), len(FILES))
        with pytest.raises(GenerationError, match="live already"):
            worker.submit_generation(number)
        back = worker.submit_generation(1)
        assert worker.wait(back.id, 60).state is JobState.DONE
        worker.drop_generation(number)
        with library.catalogue.read() as connection:
            assert [one.id for one in generations.every(connection)] == [1]


_KILLED = """
import sys, threading
from pathlib import Path
from tests.folders import open_library
from tests.ingest.care.test_generations import SMALLER

def here(progress):
    if progress.done >= int(sys.argv[2]):
        print("reached", flush=True)
        threading.Event().wait(60)

import ingest.care.generations.fill
ingest.care.generations.fill.BATCH = 2
library = open_library(Path(sys.argv[1]))
library.build_generation(library.begin_generation(**SMALLER).id, here, threading.Event())
"""


def test_a_killed_build_goes_on_where_it_was(tmp_path: Path) -> None:
    """Killed after half of it: the rest is done, nothing is embedded twice, all is whole."""
    _library(tmp_path).close()
    home = tmp_path / "home"
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(home), "6"], stdout=subprocess.PIPE, env=env, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "reached\n"
        child.send_signal(signal.SIGKILL)
        child.wait()
    counted = Watched()
    with open_library(home, embedder=counted) as library:
        with library.catalogue.read() as connection:
            (building,) = [one for one in generations.every(connection) if one.id == 2]
            waiting = generations.count_waiting(connection, 2)
            known = connection.scalar(select(func.count()).select_from(schema.embedding))
        assert building.state is GenerationState.BUILDING
        assert 0 < waiting <= len(FILES) - 6
        assert _paths(library, "annual leave")[0] == "leave.md"
        # The changed settings of the recipe open the built-in model, which is the counted one.
        before = counted.texts
        _build(library, 2)
        with library.catalogue.read() as connection:
            after = connection.scalar(select(func.count()).select_from(schema.embedding))
        assert counted.texts - before == (after or 0) - (known or 0)
        assert library.check(second_look_s=0).clean
        assert _chunks(library, 2) == library.index.count()


def test_recipes_are_compared_by_what_they_make(tmp_path: Path) -> None:
    """The live recipe cannot be built again, and what does not fit is refused."""
    with _library(tmp_path) as library:
        assert not library.outdated
        with pytest.raises(GenerationError, match="made in just this way"):
            library.begin_generation()
        with pytest.raises(ValueError, match="at least chunk_tokens"):
            library.begin_generation(chunk_tokens=300, chunk_max_tokens=100)
    changed = IngestSettings(home=tmp_path / "home", parse_workers=1, chunk_tokens=90)
    with Library(changed, graph_from=None) as library:
        assert library.outdated
        assert library.begin_generation().recipe.chunk_tokens == 90
    assert StaticModel.load().dimensions == 256
