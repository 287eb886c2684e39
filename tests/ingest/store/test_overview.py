"""What admins see is read at once, however much there is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from ingest.store import overview
from ingest.store.catalogue import sources
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.jobs import records
from ingest.store.catalogue.jobs.records import JobState
from ingest.store.catalogue.sources import Source


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """A catalogue of the test's own."""
    made = Catalogue(f"sqlite:///{tmp_path / 'catalogue.db'}")
    yield made
    made.close()


def ended(catalogue: Catalogue, source: str, *ends: tuple[JobState, str]) -> None:
    """Syncs of a source that came to these ends, one after the other."""
    for state, error in ends:
        with catalogue.write() as tx:
            job = records.create(tx, source, {})
            records.finished(tx, job.id, state, error)


def test_each_source_tells_why_its_last_sync_failed(catalogue: Catalogue) -> None:
    """The newest that came to an end counts, not one that was cancelled or is still waiting."""
    with catalogue.write() as tx:
        for name in ("new", "well", "ill", "healed"):
            sources.save(tx, Source(name, f"/{name}"))
    ended(catalogue, "well", (JobState.DONE, ""))
    ended(catalogue, "ill", (JobState.DONE, ""), (JobState.FAILED, "away"))
    ended(catalogue, "ill", (JobState.CANCELLED, ""))
    ended(catalogue, "healed", (JobState.FAILED, "away"), (JobState.DONE, ""))
    with catalogue.write() as tx:
        records.create(tx, "ill", {})
    told = {one.timing.source.name: one.last_error for one in overview.every_source(catalogue)}
    assert told == {"healed": "", "ill": "away", "new": "", "well": ""}


@pytest.mark.parametrize("count", [1, 40])
def test_sources_are_read_by_two_statements_however_many(catalogue: Catalogue, count: int) -> None:
    """The times of all, and the errors of all."""
    with catalogue.write() as tx:
        for number in range(count):
            sources.save(tx, Source(f"s{number}", "/s"))
    said: list[str] = []
    event.listen(
        catalogue.engine,
        "before_cursor_execute",
        lambda _c, _k, statement, *_: said.append(statement) if "SELECT" in statement else None,
    )
    assert len(overview.every_source(catalogue)) == count
    assert len(said) == 2


def test_counts_have_every_state_of_an_unfinished_job(catalogue: Catalogue) -> None:
    """A state that no job is in counts nought, so that a graph of it goes on."""
    with catalogue.write() as tx:
        records.create(tx, "handbook", {})
    counts = overview.counts(catalogue)
    assert counts.jobs == {"queued": 1, "running": 0}
    assert (dict(counts.documents), counts.chunks) == ({}, 0)
