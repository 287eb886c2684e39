"""A library opens everything and closes it again, whatever it came to between."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from ingest.errors import CannotWrite, EmbedError
from ingest.library import Library
from ingest.models.embedders.endpoint import EndpointEmbedder
from ingest.settings import IngestSettings
from tests.folders import add_source, open_library, sync, write_files
from tests.ingest.models.embedders import Watched
from tests.ingest.models.endpoint import embedding_endpoint
from tests.waiting import until

FILES = {"leave.md": "# Leave\n\nAnnual leave is 25 days.\n", "pay.md": "# Pay\n\nOn the 25th.\n"}


class _Counted(Watched):
    """Counts how often it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = 0

    def close(self) -> None:
        """See `Embedder.close`."""
        self.closed += 1


def _is_closed(embedder: object) -> bool:
    assert isinstance(embedder, EndpointEmbedder)
    return bool(embedder._client.is_closed())


def _build(library: Library, number: int) -> None:
    library.build_generation(number, lambda _: None, threading.Event())


def test_nothing_of_a_closed_library_lives(tmp_path: Path) -> None:
    """No thread, no connection to the endpoint: after a crash's check, a graph and a sync."""
    home = tmp_path / "home"
    with embedding_endpoint() as (url, _):
        settings = IngestSettings(
            home=home, parse_workers=2, embedder="openai:tiny", embed_base_url=url
        )
        Library(settings, graph_from=0).close()
        (home / "open").touch()  # as a killed process leaves it
        threads = set(threading.enumerate())
        library = Library(settings, graph_from=0)
        embedder = library.embedder
        add_source(library, write_files(tmp_path / "docs", FILES))
        sync(library)
        assert library.index.wait_for_graph(60)
        assert set(threading.enumerate()) > threads
        library.close()
        assert _is_closed(embedder)
        ours = {one for one in threading.enumerate() if "process_request" not in one.name}
        assert ours <= threads
        assert not (home / "open").exists()


def test_an_embedder_of_another_generation_is_closed_with_it(tmp_path: Path) -> None:
    """It is opened for the build, kept while its generation is live, and then let go."""
    with embedding_endpoint() as (url, _):
        settings = IngestSettings(home=tmp_path / "home", parse_workers=1, embed_base_url=url)
        with Library(settings) as library:
            add_source(library, write_files(tmp_path / "docs", FILES))
            sync(library)
            number = library.begin_generation(embedder="openai:tiny").id
            _build(library, number)
            other = library.embedder
            assert not _is_closed(other)
            _build(library, 1)
            assert library.embedder.name.startswith("builtin")
            assert _is_closed(other)
            _build(library, number)
            last = library.embedder
        assert _is_closed(last)


def test_a_given_embedder_stays_its_givers(tmp_path: Path) -> None:
    """Whoever opened it closes it."""
    given = _Counted()
    with open_library(tmp_path / "home", embedder=given) as library:
        add_source(library, write_files(tmp_path / "docs", FILES))
        sync(library)
    assert given.texts
    assert given.closed == 0


def test_a_library_that_cannot_be_opened_holds_nothing(tmp_path: Path) -> None:
    """The folder is free again, and there was no crash to be looked after."""
    home = tmp_path / "home"
    with embedding_endpoint(401) as (url, _):
        settings = IngestSettings(home=home, embedder="openai:tiny", embed_base_url=url)
        with pytest.raises(EmbedError):
            Library(settings)
    assert not (home / "open").exists()
    open_library(home).close()


def test_what_cannot_be_closed_is_looked_at_by_the_next_start(tmp_path: Path) -> None:
    """Everything else is closed all the same, and the folder is free."""
    home = tmp_path / "home"
    library = open_library(home)
    add_source(library, write_files(tmp_path / "docs", FILES))
    sync(library)
    (vectors,) = home.rglob("vectors.f32")
    vectors.unlink()
    with pytest.raises(CannotWrite, match="vector index"):
        library.close()
    assert (home / "open").exists()
    with open_library(home) as again:
        until(lambda: not again.ready())
        assert again.check(second_look_s=0).clean
        assert again.index.count() == len(FILES)
