"""Who may index a source when: one at a time, others beside, nobody while all is changed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from ingest.store.catalogue import sources
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.jobs import leases
from ingest.store.catalogue.jobs.leases import Claim
from ingest.store.catalogue.sources import UPLOADS, Source
from ingest.store.exclusion import Exclusion
from ingest.store.index.local import LocalIndex


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    opened = Catalogue(f"sqlite:///{tmp_path / 'catalogue.db'}")
    with opened.write() as tx:
        for name in ("one", "two"):
            sources.save(tx, Source(name, str(tmp_path)))
    yield opened
    opened.close()


@pytest.fixture
def exclusion(tmp_path: Path, catalogue: Catalogue) -> Iterator[Exclusion]:
    index = LocalIndex(tmp_path / "index", 4, clean=True, graph_from=None)
    yield Exclusion(catalogue, "me", lambda: index)
    index.close()


class _Elsewhere:
    """Another thread that wants to enter a block, and leaves it when it is told."""

    def __init__(self, block: AbstractContextManager[object]) -> None:
        self.inside = threading.Event()
        self.leave = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(block,))
        self._thread.start()

    def _run(self, block: AbstractContextManager[object]) -> None:
        with block:
            self.inside.set()
            assert self.leave.wait(30)

    def end(self) -> None:
        """Leaves the block."""
        self.leave.set()
        self._thread.join()


def test_one_source_is_indexed_by_one_at_a_time(exclusion: Exclusion) -> None:
    """Another source is not held up by it."""
    with exclusion.indexing("one"):
        same, other = _Elsewhere(exclusion.indexing("one")), _Elsewhere(exclusion.indexing("two"))
        assert other.inside.wait(30)
        other.end()
        assert not same.inside.is_set()
    assert same.inside.wait(30)
    same.end()


@pytest.mark.parametrize("name", ["one", "two", UPLOADS])
def test_while_nobody_indexes_every_source_waits(exclusion: Exclusion, name: str) -> None:
    """Uploads too, before the first one has made them a source."""
    with exclusion.nobody_indexes():
        waiting = _Elsewhere(exclusion.one_at_a_time(name))
        with exclusion.one_at_a_time(name):  # whoever holds it may take it again
            assert not waiting.inside.is_set()
    assert waiting.inside.wait(30)
    waiting.end()


def test_whether_nobody_indexes_is_said_at_once(exclusion: Exclusion) -> None:
    """And nothing is kept of the others if one is at work."""
    at_work = _Elsewhere(exclusion.one_at_a_time("two"))
    assert at_work.inside.wait(30)
    with exclusion.if_nobody_indexes() as quiet:
        assert not quiet
        free = _Elsewhere(exclusion.one_at_a_time("one"))
        assert free.inside.wait(30)
        free.end()
    at_work.end()
    with exclusion.if_nobody_indexes() as quiet:
        assert quiet


def test_what_an_error_leaves_claimed_is_free_again(
    exclusion: Exclusion, catalogue: Catalogue
) -> None:
    """The next one begins with nothing half done."""

    def torn() -> None:
        with exclusion.indexing("one"):
            with catalogue.write() as tx:
                leases.take(tx, "one", [Claim("a.md", "hash", "me", 1)])
            raise RuntimeError("torn")

    with pytest.raises(RuntimeError, match="torn"):
        torn()
    with catalogue.read() as connection:
        assert leases.of_source(connection, "one") == {}
