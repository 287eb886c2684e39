"""Jobs wait, run, rest and end as they are told, and say so."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.errors import NotFound
from ingest.jobs.worker import Worker
from ingest.library import Library
from ingest.store.catalogue.documents.known import known_files
from ingest.store.catalogue.jobs import records
from ingest.store.catalogue.jobs.records import Job, JobState
from ingest.store.catalogue.sources import UPLOADS
from ingest.sync.options import SyncOptions
from tests.folders import add_source, open_library, scope, write_files
from tests.ingest.models.embedders import Gated

FILES = 130
"""Three batches, the second of which is heavy."""


@contextmanager
def _at_work(tmp_path: Path) -> Iterator[tuple[Library, Worker, Gated]]:
    """A worker over two sources, `big` with a heavy batch, and `small`."""
    big = {f"n{i:03}.md": f"# Note {i}\n\nText {i}.\n" for i in range(FILES)}
    big["n100.md"] = "# Note 100\n\nA heavy one.\n"
    gate = Gated()
    with open_library(tmp_path / "home", embedder=gate) as library:
        add_source(library, write_files(tmp_path / "big", big), name="big")
        small = write_files(tmp_path / "small", {"one.md": "# One\n\nOne.\n"})
        add_source(library, small, name="small")
        try:
            with Worker(library, heartbeat_s=0.01) as worker:
                yield library, worker, gate
                gate.open.set()
        finally:
            gate.open.set()


def _until(worker: Worker, job: Job, reached: Callable[[Job], bool]) -> Job:
    """The job, once it is as wished."""
    for now in worker.watch(job.id, idle_s=0.05):
        if reached(now):
            return now
    raise AssertionError(f"it ended as {worker.get(job.id)}")


def _indexed(library: Library, source: str) -> int:
    with library.catalogue.read() as connection:
        known = known_files(connection, source).values()
        return sum(one.live_version is not None for one in known)


def test_a_job_says_what_it_does_and_what_it_waits_for(tmp_path: Path) -> None:
    """Stage and heartbeat of the running one; place and reason of those behind it."""
    with _at_work(tmp_path) as (library, worker, gate):
        worker.pause("small")
        running, paused = worker.submit("big"), worker.submit("small")
        assert gate.reached.wait(60)
        second = worker.submit("big", force=True)
        third = worker.submit("big", dry_run=True)
        now = worker.get(running.id)
        assert (now.state, now.stage, now.position) == (JobState.RUNNING, "indexing", None)
        assert (now.worker, now.done, now.total) == (library.worker, 64, FILES)
        assert now.rate is not None
        assert now.eta_s is not None
        assert now.heartbeat_at is not None
        before = now.heartbeat_at
        _until(worker, running, lambda one: (one.heartbeat_at or before) > before)
        waiting = worker.get(paused.id)
        assert (waiting.state, waiting.position) == (JobState.QUEUED, None)
        assert "footnote sources resume small" in waiting.waiting
        assert (worker.get(second.id).position, worker.get(third.id).position) == (1, 2)
        assert running.id in worker.get(second.id).waiting
        assert second.id in worker.get(third.id).waiting
        assert [one.id for one in worker.recent(2)] == [third.id, second.id]
        gate.open.set()
        last = worker.wait(third.id, 60)
        assert (last.state, last.position, last.waiting, last.stage) == ("done", None, "", "")
        assert worker.get(paused.id).state is JobState.QUEUED


def test_indexing_that_lets_questions_pass_says_so(tmp_path: Path) -> None:
    """It is not taken for a dead one."""
    with _at_work(tmp_path) as (library, worker, gate), library.precedence.question():
        job = worker.submit("small")
        _until(worker, job, lambda one: "questions" in one.waiting)
        assert not gate.reached.is_set()


def test_a_paused_source_goes_on_where_it_was(tmp_path: Path) -> None:
    """It stops after the batch under way, others go on, and nothing is done twice."""
    with _at_work(tmp_path) as (library, worker, gate):
        job = worker.submit("big")
        assert gate.reached.wait(60)
        worker.pause("big")
        other = worker.submit("small")
        gate.open.set()
        rest = _until(worker, job, lambda one: one.state is JobState.QUEUED)
        assert "paused" in rest.waiting
        assert rest.done == _indexed(library, "big") == 128
        assert worker.wait(other.id, 60).state is JobState.DONE
        worker.resume("big")
        done = worker.wait(job.id, 60)
        assert (done.state, done.done, done.total) == (JobState.DONE, FILES, FILES)
        assert (done.counts["added"], done.counts["unchanged"]) == (FILES, 0)
        assert gate.texts == FILES + 1
        for name in ("big", "small"):
            with pytest.raises(NotFound):
                worker.pause(name + "ger")


def test_saving_a_paused_source_leaves_it_paused(tmp_path: Path) -> None:
    """A change of its rules is no reason to go on."""
    with _at_work(tmp_path) as (library, worker, _):
        worker.pause("small")
        add_source(library, tmp_path / "small", name="small")
        assert "paused" in worker.get(worker.submit("small").id).waiting


def test_queued_running_and_paused_jobs_can_be_cancelled(tmp_path: Path) -> None:
    """At once, or after the batch under way; the queue goes on."""
    with _at_work(tmp_path) as (library, worker, gate):
        worker.pause("small")
        paused, running = worker.submit("small"), worker.submit("big")
        assert gate.reached.wait(60)
        queued = worker.submit("big", force=True)
        for job in (queued, paused):
            worker.cancel(job.id)
            assert worker.get(job.id).state is JobState.CANCELLED
        worker.cancel(running.id)
        assert worker.get(running.id).state is JobState.RUNNING
        gate.open.set()
        assert worker.wait(running.id, 60).state is JobState.CANCELLED
        assert _indexed(library, "big") == 128
        assert worker.wait(worker.submit("big").id, 60).counts["added"] == 2


def test_an_upload_does_not_wait_for_a_sync(tmp_path: Path) -> None:
    """It is found while the sync of another source is still under way."""
    with _at_work(tmp_path) as (library, worker, gate):
        job = worker.submit("big")
        assert gate.reached.wait(60)
        made = library.upload("dogs.md", b"# Dogs\n\nDogs may come.\n", frozenset({"everyone"}))
        assert worker.get(job.id).state is JobState.RUNNING
        with library.catalogue.read() as connection:
            known = known_files(connection, UPLOADS)
        assert known["dogs.md"].document_id == made
        assert known["dogs.md"].live_version == 1
        gate.open.set()
        assert worker.wait(job.id, 60).counts["added"] == FILES
        assert library.index.count() == FILES + 1
        assert library.index.words.count() == FILES + 1  # type: ignore[attr-defined]  # tantivy


def test_a_source_is_removed_while_another_is_synced(tmp_path: Path) -> None:
    """And one that is being synced itself is stopped first."""
    with _at_work(tmp_path) as (library, worker, gate):
        worker.wait(worker.submit("small").id, 60)
        job = worker.submit("big")
        assert gate.reached.wait(60)
        worker.remove_source("small")
        assert worker.get(job.id).state is JobState.RUNNING
        assert _indexed(library, "small") == 0
        removing = threading.Thread(target=worker.remove_source, args=("big",))
        removing.start()
        _until(worker, job, lambda _: True)
        gate.open.set()
        removing.join(60)
        assert worker.wait(job.id, 60).state in (JobState.CANCELLED, JobState.FAILED)
        assert library.index.count() == 0


def test_the_same_upload_twice_at_once_is_one_document(tmp_path: Path) -> None:
    """Whoever comes second makes a new version of it, or finds nothing to do."""
    with open_library(tmp_path / "home") as library:
        ids: list[str] = []
        together = threading.Barrier(6)

        def upload(number: int) -> None:
            together.wait(60)
            text = f"# Dogs\n\nDogs may come on day {number % 2}.\n"
            ids.append(library.upload("dogs.md", text.encode(), frozenset({"everyone"})))

        threads = [threading.Thread(target=upload, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(ids) == 6
        assert len(set(ids)) == 1
        assert library.index.count() == 1


def test_an_upload_for_fewer_people_is_closed_to_the_others_at_once(tmp_path: Path) -> None:
    """Whether its text is another or the same."""
    with open_library(tmp_path / "home") as library:
        everyone, few = frozenset({"everyone"}), frozenset({"hr"})
        library.upload("pay.md", b"# Pay\n\nBands.\n", everyone)
        assert len(library.index.dense(library.embedder.embed_query("pay"), scope(library), 5)) == 1
        library.upload("pay.md", b"# Pay\n\nBands.\n", few)
        assert library.index.dense(library.embedder.embed_query("pay"), scope(library), 5) == []
        library.upload("pay.md", b"# Pay\n\nOther bands.\n", everyone)
        library.upload("pay.md", b"# Pay\n\nNewer bands.\n", few)
        assert library.index.dense(library.embedder.embed_query("pay"), scope(library), 5) == []


def test_a_job_of_a_dead_worker_is_taken_up_again(tmp_path: Path) -> None:
    """It runs to its end, without anybody asking."""
    root = write_files(tmp_path / "files", {"a.md": "# A\n\nA.\n"})
    with open_library(tmp_path / "home") as library:
        add_source(library, root)
        with library.catalogue.write() as tx:
            job = records.create(tx, "handbook", asdict(SyncOptions()))
            records.started(tx, job.id, "a worker that was killed")
        with Worker(library) as worker:
            done = worker.wait(job.id, 60)
        assert (done.state, done.worker) == (JobState.DONE, library.worker)


def test_a_clock_set_back_does_not_turn_the_queue_round(tmp_path: Path) -> None:
    """Jobs run in the order in which they were asked for."""
    with open_library(tmp_path / "home") as library:
        now = datetime(2026, 5, 1, tzinfo=UTC)
        with library.catalogue.write() as tx:
            made = [
                records.create(tx, f"s{day}", {}, now - timedelta(days=day)).id for day in range(4)
            ]
            assert [one.id for one in records.unfinished(tx)] == made
