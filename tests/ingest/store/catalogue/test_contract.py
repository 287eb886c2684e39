"""What the catalogue promises, in an SQLite file as on a PostgreSQL server."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import MetaData, create_engine, func, insert, inspect, select, types
from sqlalchemy.exc import IntegrityError

from assistant.retrieval.retrieve import Retriever
from ingest.library import Library
from ingest.settings import IngestSettings
from ingest.store.catalogue import conversations, embeddings, generations, sources
from ingest.store.catalogue.access.classes import class_of, readable_classes
from ingest.store.catalogue.accounts import keys, people
from ingest.store.catalogue.database import schema
from ingest.store.catalogue.database.counter import take
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.database.upsert import insert_missing, upsert
from ingest.store.catalogue.documents.known import ids_at, known_below, known_files
from ingest.store.catalogue.documents.publishing import publish_versions, record_unread
from ingest.store.catalogue.documents.removing import (
    drop_staged,
    note_purged,
    remove_documents,
    to_purge,
)
from ingest.store.catalogue.documents.staging import (
    NewVersion,
    Staged,
    stage_versions,
    staged_chunks,
)
from ingest.store.catalogue.documents.texts import parsed_versions
from ingest.store.catalogue.for_index import live_rows
from ingest.store.catalogue.jobs import leases, records
from ingest.store.catalogue.readable.chunks import live_chunks, neighbours, slice_text
from ingest.store.catalogue.readable.documents import document_records
from ingest.store.catalogue.sources import Source
from ingest.types import Block, BlockKind, Chunk, DocumentState, ParsedDocument, Scope, SourceFile
from tests.folders import OPEN_TO_ALL, add_source, scope, sync, write_files

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)
RELEASED = sorted((Path(__file__).parents[1] / "released").glob("schema-*.sql"))
RECIPE = generations.Recipe("builtin", "model", 256, 170, 256, 1, 1)
ODD = "a/ünï𝄞 𠮷'\"%_\\.md"
"""A path with what databases stumble over."""


def _file(path: str, text: str) -> SourceFile:
    return SourceFile(
        "handbook", path, len(text), 1, sha256(text.encode()).hexdigest(), frozenset({"everyone"})
    )


def _new(path: str, text: str, document_id: str | None = None) -> NewVersion:
    parsed = ParsedDocument(
        path, "en", text, (Block(BlockKind.PARAGRAPH, 0, len(text)),), {"author": "Ä 𠮷"}
    )
    half = len(text) // 2
    chunks = [Chunk(0, 0, half, ("Top",), "en", 3), Chunk(1, half, len(text), (), "en", 3)]
    return NewVersion(document_id, _file(path, text), 1, parsed, staged_chunks(parsed, chunks))


def _stage(catalogue: Catalogue, *new: NewVersion) -> list[Staged]:
    with catalogue.write() as tx:
        sources.save(tx, Source("handbook", "/files", access=OPEN_TO_ALL))
        assert class_of(tx, {"everyone"}) == 1
        return stage_versions(tx, new)


def _publish(catalogue: Catalogue, *new: NewVersion) -> list[Staged]:
    staged = _stage(catalogue, *new)
    with catalogue.write() as tx:
        publish_versions(tx, staged, kept_versions=2)
    return staged


def _seen(catalogue: Catalogue, *groups: str) -> dict[str, str]:
    """Path to text, as somebody in `groups` may read it now."""
    with catalogue.read() as connection:
        allowed = Scope(readable_classes(connection, groups))
        ids = list(connection.scalars(select(schema.chunk.c.id)))
        live = live_chunks(connection, ids, allowed).values()
        texts: dict[str, str] = {}
        for one in sorted(live, key=lambda chunk: chunk.ordinal):
            place = (one.document_id, one.version, one.start, one.end)
            assert slice_text(connection, *place, allowed) == one.text
            texts[one.path] = texts.get(one.path, "") + one.text
            near = neighbours(connection, [one], 1, allowed)
            assert near[one.document_id, one.version, one.ordinal] == one
    return texts


def _purged(catalogue: Catalogue) -> set[int]:
    with catalogue.read() as connection:
        return set(to_purge(connection, 1000))


def test_a_new_catalogue_has_every_table_and_opens_again(new_url: Callable[[], str]) -> None:
    """What was written is there after it was closed."""
    url = new_url()
    first = Catalogue(url)
    assert set(inspect(first.engine).get_table_names()) >= set(schema.metadata.tables)
    with first.write() as tx:
        key, secret = keys.create(tx, "ops", "admin", ["hr"])
    first.close()
    second = Catalogue(url)
    with second.read() as connection:
        assert keys.find(connection, secret) == key
    second.close()


@pytest.mark.parametrize("dump", RELEASED, ids=lambda one: one.stem)
def test_an_older_catalogue_is_brought_forward(
    new_url: Callable[[], str], tmp_path: Path, dump: Path
) -> None:
    """It has the columns, keys and rows that it should have, wherever it is."""
    url = new_url()
    _copy_released(dump, tmp_path / "old.db", url)
    old, new = Catalogue(url), Catalogue(new_url())
    assert _columns(old) == _columns(new)
    with old.read() as connection:
        everything = Scope(readable_classes(connection, [], admin=True))
        total, records = document_records(connection, everything)
        assert (total, len(records)) == (3, 3)
        rows = list(live_rows(connection))
        chunks = live_chunks(connection, [row.chunk_id for row in rows], everything)
        assert {one.path for one in chunks.values()} == {one.path for one in records}
    old.close()
    new.close()


def _copy_released(dump: Path, place: Path, url: str) -> None:
    """A released catalogue's tables and rows in another database, as an old Footnote made them."""
    with sqlite3.connect(place) as connection:
        connection.executescript(dump.read_text(encoding="utf-8"))
    connection.close()
    was, now = create_engine(f"sqlite:///{place}"), Catalogue(url)
    now.close()
    found = MetaData()
    found.reflect(was)
    for table in found.tables.values():
        for column in table.columns:
            if isinstance(column.type, types.BLOB):
                column.type = types.LargeBinary()
    with now.engine.begin() as target, was.connect() as source:
        schema.metadata.drop_all(target)
        found.create_all(target)
        for table in found.sorted_tables:
            rows = [dict(row) for row in source.execute(select(table)).mappings()]
            if rows:
                target.execute(insert(table), rows)
    was.dispose()
    now.engine.dispose()


def _columns(catalogue: Catalogue) -> dict[str, object]:
    found = inspect(catalogue.engine)
    return {
        name: (
            {(one["name"], one["nullable"]) for one in found.get_columns(name)},
            tuple(found.get_pk_constraint(name)["constrained_columns"]),
            {tuple(one["column_names"]) for one in found.get_unique_constraints(name)},
        )
        for name in schema.metadata.tables
    }


def test_a_row_is_replaced_or_left_by_its_key(catalogue: Catalogue) -> None:
    """`upsert` takes the new one, `insert_missing` the old one and says how many were new."""
    rows = [{"key": str(n), "value": "first"} for n in range(3)]
    with catalogue.write() as tx:
        upsert(tx, schema.state, rows)
        upsert(tx, schema.state, [{"key": "1", "value": "second"}])
        more = [{"key": "2", "value": "third"}, {"key": "3", "value": "third"}]
        assert insert_missing(tx, schema.state, more) == 1
    with catalogue.read() as connection:
        found = {
            row.key: row.value
            for row in connection.execute(select(schema.state))
            if row.key.isdigit()
        }
    assert found == {"0": "first", "1": "second", "2": "first", "3": "third"}


def test_a_transaction_is_whole_or_nothing(catalogue: Catalogue) -> None:
    """A block that ends in an error leaves no row, and the catalogue usable."""

    def half() -> None:
        with catalogue.write() as tx:
            upsert(tx, schema.state, [{"key": "half", "value": "written"}])
            tx.execute(insert(schema.version).values(document_id="doc_none", version=1))

    with pytest.raises(IntegrityError):
        half()
    with catalogue.write() as tx:
        assert tx.scalar(select(schema.state.c.value).where(schema.state.c.key == "half")) is None


def test_numbers_are_given_out_once(catalogue: Catalogue) -> None:
    """Whatever was taken before, and however many at a time."""
    with catalogue.write() as tx:
        assert (take(tx, "chunk", 3), take(tx, "chunk", 0), take(tx, "other", 1)) == (1, 4, 1)
    with catalogue.write() as tx:
        assert take(tx, "chunk", 1) == 4


def test_times_texts_and_bytes_come_back_as_they_were(catalogue: Catalogue) -> None:
    """Microseconds, characters outside the first plane, vectors."""
    vectors = {"h1": np.arange(4, dtype=np.float32) / 7}
    with catalogue.write() as tx:
        embeddings.keep(tx, "model", vectors)
        people.save(tx, "ann@example.org", "Ann 𠮷", ["hr"], "employee")
        job = records.create(tx, "handbook", {"force": True}, NOW)
    with catalogue.read() as connection:
        assert records.get(connection, job.id).created_at == NOW
        assert records.get(connection, job.id).options == {"force": True}
        person = people.find(connection, "ann@example.org")
        assert person is not None
        assert person.name == "Ann 𠮷"
        found = embeddings.kept(connection, "model", ["h1", "h2"])
        assert set(found) == {"h1"}
        assert np.allclose(np.asarray(found["h1"], dtype=np.float32), vectors["h1"], atol=1e-3)


def test_what_is_staged_is_seen_by_nobody_and_what_is_published_by_the_allowed(
    catalogue: Catalogue,
) -> None:
    """A document is there from the transaction on that publishes it, whole."""
    staged = _stage(catalogue, _new(ODD, "Employees have 25 days. 𠮷 More."))
    assert _seen(catalogue) == {}
    with catalogue.write() as tx:
        publish_versions(tx, staged)
    assert _seen(catalogue) == {ODD: "Employees have 25 days. 𠮷 More."}
    with catalogue.read() as connection:
        (known,) = known_files(connection, "handbook").values()
        assert (known.path, known.state, known.live_version) == (ODD, DocumentState.INDEXED, 1)
        texts = parsed_versions(connection, [(known.document_id, 1)])
        assert texts[known.document_id].metadata == {"author": "Ä 𠮷"}
        assert live_chunks(connection, staged[0].chunk_ids, Scope(frozenset())) == {}


def test_a_replaced_document_is_wholly_new_and_its_old_chunks_are_noted(
    catalogue: Catalogue,
) -> None:
    """Chunk ids of the old version are there to be purged from the indexes, then forgotten."""
    (first,) = _publish(catalogue, _new("leave.md", "25 days of leave."))
    _publish(catalogue, _new("leave.md", "30 days of leave.", first.document_id))
    assert _seen(catalogue) == {"leave.md": "30 days of leave."}
    assert _purged(catalogue) == set(first.chunk_ids)
    with catalogue.write() as tx:
        note_purged(tx, first.chunk_ids)
    assert _purged(catalogue) == set()
    with catalogue.read() as connection:
        kept = connection.scalar(select(func.count()).select_from(schema.version))
    assert kept == 2


def test_a_removed_document_is_gone_with_its_versions(catalogue: Catalogue) -> None:
    """For every reader, when the transaction ends; another document stays."""
    gone, _ = _publish(catalogue, _new("gone.md", "Old rules."), _new("kept.md", "New rules."))
    with catalogue.write() as tx:
        remove_documents(tx, [gone.document_id])
    assert _seen(catalogue) == {"kept.md": "New rules."}
    assert _purged(catalogue) == set(gone.chunk_ids)
    with catalogue.read() as connection:
        versions = set(connection.scalars(select(schema.version.c.document_id)))
        assert gone.document_id not in versions
        assert set(ids_at(connection, "handbook", ["gone.md", "kept.md"])) == {"kept.md"}


def test_what_a_killed_process_had_staged_goes_at_the_next_start(catalogue: Catalogue) -> None:
    """Of new documents and of replaced ones; what was live stays."""
    (live,) = _publish(catalogue, _new("live.md", "Stays as it was."))
    _stage(catalogue, _new("new.md", "Never seen."), _new("live.md", "Nor this.", live.document_id))
    with catalogue.write() as tx:
        assert drop_staged(tx) == 2
    assert _seen(catalogue) == {"live.md": "Stays as it was."}
    with catalogue.read() as connection:
        assert set(known_files(connection, "handbook")) == {"live.md"}


def test_a_reader_sees_one_moment_while_others_write(catalogue: Catalogue) -> None:
    """A document that is replaced between two statements of a reader is the old one in both."""
    (first,) = _publish(catalogue, _new("leave.md", "25 days of leave."))
    replacing = _new("leave.md", "30 days of leave.", first.document_id)
    version_of = select(schema.document.c.live_version)
    with catalogue.read() as connection:
        assert connection.scalar(version_of) == 1
        _publish(catalogue, replacing)
        assert connection.scalar(version_of) == 1
        assert connection.scalar(select(func.count()).select_from(schema.chunk)) == 2
        rows = connection.scalars(select(schema.chunk.c.version))
        assert set(rows) == {1}
    assert _seen(catalogue) == {"leave.md": "30 days of leave."}


def test_what_is_below_a_folder_is_found_and_nothing_else(catalogue: Catalogue) -> None:
    """Whatever language the database sorts by: "a-b" and "a0" are not below "a"."""
    inside = ["a/b.md", "a/Z/ü.md", ODD]
    outside = ["a-b.md", "a0.md", "A/b.md", "a.md", "ab/c.md", "á/b.md"]
    _publish(catalogue, *(_new(path, f"Text of {path}.") for path in [*inside, *outside]))
    with catalogue.read() as connection:
        assert set(known_below(connection, "handbook", ["a"])) == set(inside)
        assert set(known_below(connection, "handbook", ["a.md"])) == {"a.md"}


def test_a_file_that_gave_no_text_keeps_its_last_good_version(catalogue: Catalogue) -> None:
    """Its state and reason are told."""
    (live,) = _publish(catalogue, _new("leave.md", "25 days of leave."))
    with catalogue.write() as tx:
        record_unread(
            tx, _file("leave.md", "x"), 1, DocumentState.FAILED, "broken", live.document_id
        )
        record_unread(tx, _file("scan.pdf", "y"), 1, DocumentState.SCANNED, "no text", None)
    with catalogue.read() as connection:
        states = {
            one.path: one.state for one in document_records(connection, Scope(frozenset({1})))[1]
        }
    assert states == {"leave.md": DocumentState.FAILED, "scan.pdf": DocumentState.SCANNED}
    with catalogue.read() as connection:
        assert len(live_chunks(connection, live.chunk_ids, Scope(frozenset({1})))) == 2


def test_jobs_are_run_in_order_and_taken_back_from_the_dead(catalogue: Catalogue) -> None:
    """A job that its worker left running is queued again, before those that came later."""
    with catalogue.write() as tx:
        first = records.create(tx, "handbook", {}, NOW)
        second = records.create(tx, "handbook", {}, NOW - timedelta(hours=1))
        records.started(tx, first.id, "worker")
        records.progress(tx, replace(first, total=5, done=2, stage="reading"))
    with catalogue.write() as tx:
        records.take_back(tx)
    with catalogue.write() as tx:
        queued = records.unfinished(tx, "handbook")
        assert [one.id for one in queued] == [first.id, second.id]
        assert [one.state for one in queued] == [records.JobState.QUEUED] * 2
        assert queued[0].done == 2
        records.started(tx, first.id, "other")
        again = records.get(tx, first.id)
        assert again.started_at is not None
        records.finished(tx, first.id, records.JobState.FAILED, "no such folder")
    with catalogue.read() as connection:
        assert records.last_errors(connection) == {"handbook": "no such folder"}
        assert [one.id for one in records.recent(connection)] == [second.id, first.id]


def test_claims_are_replaced_renewed_and_released(catalogue: Catalogue) -> None:
    """By path, by worker, or all of a source."""
    claims = [leases.Claim(path, "hash", "w1", 1) for path in ("a.md", "b.md", ODD)]
    with catalogue.write() as tx:
        leases.take(tx, "handbook", claims)
        leases.take(tx, "handbook", [leases.Claim("a.md", "hash", "w2", 2)])
        leases.renew(tx, "w2")
        leases.release(tx, "handbook", [ODD, "unknown.md"])
    with catalogue.write() as tx:
        left = leases.of_source(tx, "handbook")
        assert {path: (one.worker, one.tries) for path, one in left.items()} == {
            "a.md": ("w2", 2),
            "b.md": ("w1", 1),
        }
        leases.release_all(tx, "handbook", "w1")
        assert set(leases.of_source(tx, "handbook")) == {"a.md"}


def test_one_generation_is_live(catalogue: Catalogue) -> None:
    """A new one is built beside it, takes its place, and can be dropped."""
    with catalogue.write() as tx:
        first = generations.begin(tx, RECIPE, generations.GenerationState.LIVE)
    _publish(catalogue, _new("leave.md", "25 days of leave."))
    with catalogue.write() as tx:
        second = generations.begin(tx, RECIPE)
        assert generations.count_waiting(tx, first.id) == 0
        assert [number for _, number in generations.waiting(tx, second.id, "", 10)] == [1]
        generations.make_live(tx, second.id)
    assert _seen(catalogue) == {}
    with catalogue.write() as tx:
        assert generations.get(tx, second.id).recipe == RECIPE
        generations.make_live(tx, first.id)
        generations.drop(tx, second.id)
        assert [one.id for one in generations.every(tx)] == [first.id]
    assert _seen(catalogue) == {"leave.md": "25 days of leave."}


def test_conversations_are_their_owners_and_events_are_seen_once(catalogue: Catalogue) -> None:
    """Answers come back in order; another person finds nothing."""
    with catalogue.write() as tx:
        conversations.open_conversation(tx, "conv_1", "ann", "Leave 𠮷")
        assert conversations.first_sight(tx, "event")
        assert not conversations.first_sight(tx, "event")
    with catalogue.read() as connection:
        assert [one.title for one in conversations.of_principal(connection, "ann")] == ["Leave 𠮷"]
        assert conversations.of_principal(connection, "ben") == []
    with catalogue.write() as tx:
        conversations.remove(tx, "conv_1", "ann")
        assert conversations.of_principal(tx, "ann") == []


def test_a_company_is_indexed_changed_and_searched(
    new_url: Callable[[], str], tmp_path: Path
) -> None:
    """The whole way of a document, and the rights of who asks."""
    root = write_files(
        tmp_path / "files",
        {"leave.md": "# Leave\n\n25 days of annual leave.\n", "old.md": "# Old\n\nZeppelins.\n"},
    )
    settings = IngestSettings(home=tmp_path / "home", parse_workers=1, database_url=new_url())
    with Library(settings) as library:
        add_source(library, root)
        assert sync(library).counts["added"] == 2
        (root / "old.md").unlink()
        write_files(root, {"leave.md": "# Leave\n\n30 days of annual leave.\n"})
        sync(library)
        retriever = Retriever(
            library.catalogue, library.searchable, library.static_model, library.translations
        )
        with closing(retriever):
            question = retriever.analyse("days of annual leave")
            (found,) = retriever.retrieve(question, scope(library), 5).found
        assert "30 days" in found.chunk.text
    with Library(settings) as library:
        assert library.check(second_look_s=0).clean
