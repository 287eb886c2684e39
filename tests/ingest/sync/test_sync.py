"""Sync end to end on real folders: what changed is done, what did not costs nothing."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.errors import EmbedError, NotFound, SourceError
from ingest.library import Library
from ingest.store.catalogue.access.classes import AccessRule
from ingest.store.catalogue.documents.known import known_files
from ingest.store.catalogue.documents.removing import remove_documents
from ingest.store.catalogue.for_index import live_rows
from ingest.store.catalogue.jobs.progress import Progress
from ingest.store.catalogue.readable.chunks import live_chunks
from ingest.store.catalogue.readable.documents import document_record, version_text
from ingest.store.catalogue.sources import Source
from ingest.store.index.interface import LexicalQuery
from ingest.sync.options import SyncOptions
from ingest.types import DocumentState, Scope, Vectors
from tests.folders import OPEN_TO_ALL, add_source, open_library, scope, sync, write_files
from tests.ingest.models.embedders import Watched

LEAVE = "# Leave\n\nEmployees have 25 days of annual leave.\n"
TRAVEL = "# Travel\n\nBook trains in second class.\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with two files."""
    return write_files(tmp_path / "files", {"leave.md": LEAVE, "trips/travel.md": TRAVEL})


@pytest.fixture
def library(tmp_path: Path, root: Path) -> Iterator[Library]:
    """A library whose only source is that folder, not yet synced."""
    with open_library(tmp_path / "home") as opened:
        add_source(opened, root)
        yield opened


def _texts(library: Library, *groups: str) -> dict[str, str]:
    """The live chunks that a reader sees: path to text."""
    seen = scope(library, *groups)
    with library.catalogue.read() as connection:
        ids = [row.chunk_id for row in live_rows(connection)]
        live = live_chunks(connection, ids, seen)
    out: dict[str, str] = {}
    for chunk in sorted(live.values(), key=lambda one: one.ordinal):
        out[chunk.path] = out.get(chunk.path, "") + chunk.text
    return out


def _found(library: Library, word: str, seen: Scope | None = None) -> set[str]:
    """Paths of the live chunks that the lexical leg finds for one index term."""
    seen = seen or scope(library)
    hits = library.index.lexical(LexicalQuery({word: 1.0}, {}), seen, 50)
    with library.catalogue.read() as connection:
        live = live_chunks(connection, [hit.chunk_id for hit in hits], seen)
    return {chunk.path for chunk in live.values()}


def test_a_folder_becomes_documents_that_both_legs_find(library: Library) -> None:
    """Every file is indexed, and its words and meaning are found."""
    progress = sync(library)
    assert progress.counts["added"] == 2
    assert _found(library, "annual") == {"leave.md"}
    vector = library.embedder.embed_query("holiday entitlement")
    best = [one.hits[0].chunk_id for one in library.index.dense(vector, scope(library), 5)]
    with library.catalogue.read() as connection:
        assert live_chunks(connection, best, scope(library))[best[0]].path == "leave.md"


def test_syncing_again_does_nothing(library: Library) -> None:
    """What has not changed is neither parsed nor embedded."""
    sync(library)
    again = sync(library)
    assert again.counts["unchanged"] == 2
    assert sum(again.counts.values()) == 2


def test_an_edit_embeds_only_the_chunks_whose_text_changed(library: Library, root: Path) -> None:
    """The other sections of the file keep their vectors."""
    sections = [f"## Part {i}\n\n" + f"Sentence {i} about topic {i}. " * 30 for i in range(6)]
    write_files(root, {"long.md": "# Long\n\n" + "\n\n".join(sections)})
    first = sync(library).counts["embedded_chunks"]
    sections[3] = sections[3].replace("topic 3", "another topic")
    write_files(root, {"long.md": "# Long\n\n" + "\n\n".join(sections)})
    second = sync(library)
    assert second.counts["changed"] == 1
    assert 0 < second.counts["embedded_chunks"] <= first // 3
    assert "another topic" in _texts(library)["long.md"]


def test_a_move_changes_metadata_only(library: Library, root: Path) -> None:
    """The document keeps its id and its vectors; only its path is another."""
    sync(library)
    with library.catalogue.read() as connection:
        before = known_files(connection, "handbook")["leave.md"].document_id
    (root / "new").mkdir()
    (root / "leave.md").rename(root / "new" / "holidays.md")
    moved = sync(library)
    assert (moved.counts["moved"], moved.counts["embedded_chunks"]) == (1, 0)
    with library.catalogue.read() as connection:
        known = known_files(connection, "handbook")
    assert known["new/holidays.md"].document_id == before
    assert "leave.md" not in known
    assert _found(library, "annual") == {"new/holidays.md"}


def test_a_deleted_file_is_gone_even_if_the_indexes_still_hold_it(
    library: Library, root: Path
) -> None:
    """The catalogue decides, not the purging of the indexes."""
    sync(library)
    seen = scope(library)
    stale = [
        hit.chunk_id for hit in library.index.lexical(LexicalQuery({"annual": 1}, {}), seen, 9)
    ]
    assert stale
    (root / "leave.md").unlink()
    with library.catalogue.write() as tx:
        known = known_files(tx, "handbook")["leave.md"]
        remove_documents(tx, [known.document_id])
    # Both indexes still hold the chunk: purging has not run.
    assert library.index.lexical(LexicalQuery({"annual": 1}, {}), seen, 9)
    with library.catalogue.read() as connection:
        assert live_chunks(connection, stale, seen) == {}
        with pytest.raises(NotFound):
            document_record(connection, known.document_id, seen)
    sync(library)
    assert not library.index.lexical(LexicalQuery({"annual": 1}, {}), seen, 9)


def test_a_broken_new_version_keeps_the_last_good_one(library: Library, root: Path) -> None:
    """An empty file does not empty the answers; its state says what happened."""
    sync(library)
    write_files(root, {"leave.md": "   \n"})
    progress = sync(library)
    (failure,) = progress.failures
    assert (failure.path, failure.state) == ("leave.md", DocumentState.EMPTY)
    assert "25 days" in _texts(library)["leave.md"]
    write_files(root, {"leave.md": LEAVE.replace("25", "27")})
    assert not sync(library).failures
    assert "27 days" in _texts(library)["leave.md"]


def test_one_bad_file_never_stops_the_rest(library: Library, root: Path) -> None:
    """Each ends in its own state with a reason; the good ones are indexed."""
    write_files(
        root,
        {
            "broken.pdf": b"%PDF-1.7 and then nothing",
            "zero.docx": b"",
            "noise.xlsx": os.urandom(5000),
            "picture.png": b"\x89PNG",
            "emoji 🎉\nname.md": "# Party\n\nBring cake.",
        },
    )
    progress = sync(library)
    states = {failure.path: failure.state for failure in progress.failures}
    assert states == {
        "broken.pdf": "failed",
        "zero.docx": states["zero.docx"],
        "noise.xlsx": "failed",
        "picture.png": "unsupported",
    }
    assert states["zero.docx"] in ("empty", "failed")
    assert all(failure.reason for failure in progress.failures)
    assert "Bring cake." in _texts(library)["emoji 🎉\nname.md"]


def test_links_are_not_followed_and_unreadable_files_are_reported(
    library: Library, root: Path, tmp_path: Path
) -> None:
    """Nothing outside the folder comes in by a symbolic link."""
    write_files(tmp_path, {"secret.md": "# Secret\n\nThe vault code."})
    (root / "link.md").symlink_to(tmp_path / "secret.md")
    (root / "linked").symlink_to(tmp_path)
    (root / os.fsdecode(b"latin-\xe9.md")).write_text("# Name\n")
    progress = sync(library)
    assert progress.counts["added"] == 2
    (failure,) = progress.failures
    assert "not valid UTF-8" in failure.reason


def test_a_missing_folder_changes_nothing(library: Library, root: Path) -> None:
    """An unplugged drive is not a deletion."""
    sync(library)
    root.rename(root.with_name("unplugged"))
    with pytest.raises(SourceError, match="is the drive mounted"):
        sync(library)
    assert set(_texts(library)) == {"leave.md", "trips/travel.md"}


def test_a_mass_deletion_stops_and_asks(library: Library, root: Path) -> None:
    """More than a fifth gone at once looks like an accident until somebody says it is meant."""
    write_files(root, {f"{i}.md": f"# Note {i}\n\nText {i}." for i in range(30)})
    sync(library)
    for i in range(15):
        (root / f"{i}.md").unlink()
    with pytest.raises(SourceError, match="allow-mass-delete"):
        sync(library)
    assert len(_texts(library)) == 32
    assert sync(library, allow_mass_delete=True).counts["deleted"] == 15


def test_an_empty_mount_point_is_not_a_deletion(library: Library, root: Path) -> None:
    """Few documents, but all of them, and nothing in their place: the disk may be unplugged."""
    sync(library)
    root.rename(root.with_name("unplugged"))
    root.mkdir()
    with pytest.raises(SourceError, match=r"2 of 2 .* nothing was changed"):
        sync(library)
    assert set(_texts(library)) == {"leave.md", "trips/travel.md"}
    assert sync(library, allow_mass_delete=True).counts["deleted"] == 2


def test_a_folder_whose_files_are_all_replaced_is_no_accident(library: Library, root: Path) -> None:
    """Something came in their place, and a folder may lose its last document."""
    sync(library)
    shutil.rmtree(root)
    write_files(root, {"new.md": "# New\n\nOther words."})
    assert sync(library).counts["deleted"] == 2
    (root / "new.md").unlink()
    assert sync(library).counts["deleted"] == 1
    assert _texts(library) == {}


def test_a_dry_run_only_tells(library: Library) -> None:
    """The plan is there, the documents are not."""
    progress = sync(library, dry_run=True)
    assert progress.plan is not None
    assert progress.plan.summary()["added"] == ["leave.md", "trips/travel.md"]
    assert _texts(library) == {}


def test_changed_rules_hold_at_once_and_embed_nothing(library: Library, root: Path) -> None:
    """Closing a folder hides its documents with the commit; opening it shows them again."""
    sync(library)
    closed = (AccessRule("trips/**", frozenset({"travellers"})), *OPEN_TO_ALL)
    add_source(library, root, access=closed)
    assert set(_texts(library)) == {"leave.md"}
    assert set(_texts(library, "travellers")) == {"leave.md", "trips/travel.md"}
    assert _found(library, "train") == set()
    assert _found(library, "train", scope(library, "travellers")) == {"trips/travel.md"}
    add_source(library, root)
    assert _found(library, "train") == {"trips/travel.md"}
    assert sync(library).counts["embedded_chunks"] == 0


def test_rules_that_change_during_a_sync_hold_for_what_it_publishes(
    library: Library, root: Path
) -> None:
    """A sync that began under open rules publishes nothing under them once they are closed."""
    write_files(root, {f"n{i}.md": f"# Note {i}\n\nText {i}." for i in range(150)})
    closed = (AccessRule("**", frozenset({"few"})),)
    seen = []

    def close_rules(_: object) -> None:
        if not seen:
            seen.append(True)
            library.save_source(Source("handbook", str(root), access=closed))

    library.sync("handbook", SyncOptions(), close_rules, threading.Event())
    assert _texts(library) == {}
    assert len(_texts(library, "few")) == 152


def test_without_a_rule_only_admins_read(tmp_path: Path, root: Path) -> None:
    """Deny by default: a source without rules is open to nobody else."""
    with open_library(tmp_path / "home") as library:
        add_source(library, root, access=())
        sync(library)
        assert _texts(library, "hr", "everyone") == {}
        assert _found(library, "annual", scope(library, admin=True)) == {"leave.md"}


def test_a_removed_source_takes_its_documents_with_it(library: Library) -> None:
    """They are gone for every reader at once."""
    sync(library)
    library.remove_source("handbook")
    assert _texts(library) == {}
    with pytest.raises(NotFound):
        library.remove_source("handbook")


def test_stopping_keeps_what_is_published_and_the_next_sync_goes_on(
    library: Library, root: Path
) -> None:
    """A cancelled sync leaves whole documents and no debris."""
    write_files(root, {f"n{i}.md": f"# Note {i}\n\nText {i}." for i in range(150)})
    stop = threading.Event()
    stop.set()
    part = library.sync("handbook", SyncOptions(), lambda _: None, stop)
    assert 0 < part.counts["added"] < 152
    rest = sync(library)
    assert part.counts["added"] + rest.counts["added"] == 152
    assert len(_texts(library)) == 152


@pytest.mark.parametrize("second", [0, 1, 86_400 * 365, 32_503_680_000])
def test_no_clock_hides_a_change(library: Library, root: Path, second: int) -> None:
    """A file that changes to an older time, or to one far ahead, is read again; so is the next."""
    for number, when in enumerate((10**9, second, 10**9 + 5, second + 7)):
        write_files(root, {"leave.md": f"# Leave\n\nEdition {number}.\n"})
        os.utime(root / "leave.md", ns=(when * 10**9, when * 10**9))
        sync(library)
        assert f"Edition {number}" in _texts(library)["leave.md"]
        assert sync(library).counts["unchanged"] == 2


def test_a_sync_that_failed_half_way_is_completed_by_the_next(tmp_path: Path, root: Path) -> None:
    """In the same process: what was staged is not taken for indexed."""

    class Once(Watched):
        failed = False

        def embed(self, texts: Sequence[str]) -> Vectors:
            if not self.failed:
                self.failed = True
                raise EmbedError("the endpoint is down", retryable=True)
            return super().embed(texts)

    with open_library(tmp_path / "home", embedder=Once()) as library:
        add_source(library, root)
        with pytest.raises(EmbedError):
            sync(library)
        assert _texts(library) == {}
        assert sync(library).counts["added"] == 2
        assert _found(library, "annual") == {"leave.md"}


def test_a_document_deleted_while_it_is_indexed_stays_deleted(library: Library, root: Path) -> None:
    """Until the next sync finds its file again; nothing of it is left in the indexes."""
    sync(library)
    write_files(root, {"leave.md": LEAVE.replace("25", "27")})
    with library.catalogue.read() as connection:
        known = known_files(connection, "handbook")["leave.md"]
    deleted = False

    def delete_once(progress: Progress) -> None:
        nonlocal deleted
        if progress.total and not deleted:
            deleted = True
            library.remove_document(known.document_id)

    library.sync("handbook", SyncOptions(), delete_once, threading.Event())
    sync(library)
    assert "27 days" in _texts(library)["leave.md"]
    assert library.index.count() == len(_texts(library)) == 2


def test_everything_is_there_after_reopening(tmp_path: Path, root: Path) -> None:
    """A clean close and a new start lose nothing and embed nothing."""
    home = tmp_path / "home"
    with open_library(home) as library:
        add_source(library, root)
        sync(library)
    with open_library(home) as library:
        assert _found(library, "annual") == {"leave.md"}
        assert sync(library).counts["embedded_chunks"] == 0


def test_a_killed_process_leaves_no_half_document(tmp_path: Path, root: Path) -> None:
    """A version that was staged and never published is dropped at the next start."""
    home = tmp_path / "home"
    library = open_library(home)
    add_source(library, root)
    sync(library)
    with library.catalogue.read() as connection:
        known = known_files(connection, "handbook")["leave.md"]
        text = version_text(connection, known.document_id, None, scope(library))
    with library.catalogue.write() as tx:
        # What a process writes just before it is killed: a staged second version.
        tx.exec_driver_sql(
            "INSERT INTO version SELECT document_id, 2, content_hash, title, 'half', blocks, "
            f"created_at FROM version WHERE document_id = '{known.document_id}'"
        )
    library.close()
    (home / "open").touch()
    with open_library(home) as again:
        with again.catalogue.read() as connection:
            now = version_text(connection, known.document_id, None, scope(again))
            with pytest.raises(NotFound):
                version_text(connection, known.document_id, 2, scope(again))
        assert now.text == text.text
        assert _found(again, "annual") == {"leave.md"}


def test_lost_indexes_are_rebuilt_without_embedding_or_parsing(tmp_path: Path, root: Path) -> None:
    """The catalogue is the truth: both indexes come back from it with the same vectors."""
    home = tmp_path / "home"
    with open_library(home) as library:
        add_source(library, root)
        sync(library)
        ids = sorted(library.index.matrix.ids())
        _, before = library.index.matrix.vectors_of(ids)
    for path in sorted((home / "index").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    with open_library(home) as library:
        assert _found(library, "annual") == {"leave.md"}
        known, after = library.index.matrix.vectors_of(ids)
        assert known == ids
        assert np.array_equal(before, after)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    states=st.lists(
        st.dictionaries(
            st.sampled_from(["a.md", "b/c.md", "b/d.txt", "e.md"]),
            st.sampled_from(["apple pie", "banana bread", "cherry cake and tea"]),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_after_every_sync_the_index_holds_exactly_what_the_folder_holds(
    tmp_path_factory: pytest.TempPathFactory, states: list[dict[str, str]]
) -> None:
    """Whatever files come, go, change or swap places between two syncs."""
    base = tmp_path_factory.mktemp("sync")
    root = base / "files"
    root.mkdir()
    with open_library(base / "home") as library:
        library.save_source(Source("handbook", str(root), access=OPEN_TO_ALL))
        for number, state in enumerate(states):
            for path in [one for one in root.rglob("*") if one.is_file()]:
                path.unlink()
            write_files(root, state)
            for path in state:
                os.utime(root / path, ns=(number * 10**9, number * 10**9 + len(path)))
            sync(library, allow_mass_delete=True)
            assert _texts(library) == state
