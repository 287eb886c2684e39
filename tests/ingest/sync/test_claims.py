"""A file that ends the process is found out; files that were only near it are indexed."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from ingest.library import Library
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.database.schema import claim
from ingest.store.catalogue.documents.known import known_files
from ingest.store.catalogue.jobs import leases
from ingest.store.catalogue.jobs.leases import Claim
from ingest.store.catalogue.readable.documents import document_record, version_text
from ingest.sync.claims import MOST_TRIES, SET_ASIDE, ClaimedFiles
from ingest.sync.options import SyncOptions
from ingest.types import DocumentState
from tests.folders import add_source, open_library, scope, sync, write_files
from tests.repository import ROOT

SYNC = """
import sys
from pathlib import Path
from tests.folders import open_library, sync
from tests.ingest.models.embedders import Deadly
with open_library(Path(sys.argv[1]), embedder=Deadly()) as library:
    sync(library)
"""


def _left(library: Library) -> dict[str, int]:
    with library.catalogue.read() as connection:
        return {path: one.tries for path, one in leases.of_source(connection, "handbook").items()}


def _texts(library: Library) -> dict[str, str]:
    with library.catalogue.read() as connection:
        return {
            path: version_text(connection, one.document_id, None, scope(library)).text
            for path, one in known_files(connection, "handbook").items()
            if one.live_version is not None
        }


def _sync_in_a_process_of_its_own(home: Path) -> int:
    return subprocess.run(
        [sys.executable, "-c", SYNC, str(home)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    ).returncode


def test_a_file_that_ends_the_process_three_times_is_set_aside(tmp_path: Path) -> None:
    """All others are indexed after one more try, its last good version stays, it may change."""
    home = tmp_path / "home"
    root = write_files(tmp_path / "files", {"guilty.md": "# Tea\n\nTea is at four.\n"})
    with open_library(home) as library:
        add_source(library, root)
        sync(library)
    write_files(root, {f"n{i:02}.md": f"# Note {i}\n\nText {i}.\n" for i in range(20)})
    write_files(root, {"guilty.md": "# Tea\n\nThis is fatal.\n"})
    assert _sync_in_a_process_of_its_own(home) == 42
    with open_library(home) as library:
        assert _left(library) == {"guilty.md": 1, **{f"n{i:02}.md": 1 for i in range(20)}}
    assert _sync_in_a_process_of_its_own(home) == 42  # by its name it is the first to be tried
    with open_library(home) as library:
        assert _left(library) == {"guilty.md": 2, **{f"n{i:02}.md": 1 for i in range(20)}}
    assert _sync_in_a_process_of_its_own(home) == 42
    with open_library(home) as library:
        assert _left(library) == {"guilty.md": 3}
        assert len(_texts(library)) == 21
    assert _sync_in_a_process_of_its_own(home) == 0
    with open_library(home) as library:
        assert _left(library) == {}
        assert _texts(library)["guilty.md"].endswith("Tea is at four.")
        with library.catalogue.read() as connection:
            one = known_files(connection, "handbook")["guilty.md"]
            record = document_record(connection, one.document_id, scope(library))
        assert (one.state, record.reason) == (DocumentState.FAILED, SET_ASIDE)
        assert sync(library).counts["unchanged"] == 21
        assert sync(library, force=True).failures == []  # tried again, here by one that survives
        assert "fatal" in _texts(library)["guilty.md"]
    write_files(root, {"guilty.md": "# Tea\n\nTea is at five.\n"})
    assert _sync_in_a_process_of_its_own(home) == 0
    with open_library(home) as library:
        assert "five" in _texts(library)["guilty.md"]


def test_what_is_done_or_let_go_is_not_claimed(tmp_path: Path) -> None:
    """Neither after a whole sync nor after one that was stopped, nor for files without text."""
    root = write_files(tmp_path / "files", {f"n{i}.md": f"# N{i}\n\nText." for i in range(150)})
    write_files(root, {"empty.md": ""})
    with open_library(tmp_path / "home") as library:
        add_source(library, root)
        stop = threading.Event()
        stop.set()
        assert library.sync("handbook", SyncOptions(), lambda _: None, stop).done < 151
        assert _left(library) == {}
        sync(library)
        assert _left(library) == {}


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """An empty catalogue."""
    return Catalogue(f"sqlite:///{tmp_path_factory.mktemp('claims') / 'catalogue.db'}")


@given(expires=st.datetimes(datetime(1971, 1, 1), datetime(2400, 1, 1)), tries=st.integers(1, 5))
def test_no_clock_keeps_a_dead_worker_s_claim_alive(
    catalogue: Catalogue, expires: datetime, tries: int
) -> None:
    """Whatever its lease says: the file is taken, with care or not at all."""
    with catalogue.write() as tx:
        leases.take(tx, "s", [Claim("a.md", "h", "dead", tries)])
        tx.execute(update(claim).values(expires_at=expires.replace(tzinfo=UTC)))
    held = ClaimedFiles.of(catalogue, "s", "me", {"a.md": "h"})
    assert held.suspects() == (["a.md"] if tries < MOST_TRIES else [])
    assert held.set_aside() == ([] if tries < MOST_TRIES else ["a.md"])


@pytest.mark.parametrize(
    ("worker", "content", "count"), [("dead", "h", 2), ("me", "h", 0), ("dead", "other", 0)]
)
def test_only_the_same_content_left_by_a_dead_process_counts(
    worker: str, content: str, count: int
) -> None:
    """An error that this process saw, or a file that has changed, begins anew."""
    left = {"a.md": Claim("a.md", "h", worker, 2)}
    assert leases.begun(left, "a.md", content, "me") == count
    assert leases.begun(left, "b.md", content, "me") == 0


def test_a_heartbeat_renews_only_the_living_worker_s_claims(catalogue: Catalogue) -> None:
    """The lease of the dead one runs out."""
    past = datetime(2020, 1, 1, tzinfo=UTC)
    with catalogue.write() as tx:
        leases.take(tx, "r", [Claim("a", "h", "me", 1), Claim("b", "h", "dead", 1)])
        tx.execute(update(claim).values(expires_at=past))
        leases.renew(tx, "me")
        rows = tx.execute(claim.select().where(claim.c.source == "r"))
        expiry = {row.path: row.expires_at for row in rows}
    assert expiry["b"] == past
    assert expiry["a"] > datetime.now(UTC)
