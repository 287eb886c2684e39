"""What all connectors have in common, and that anybody can write one."""

from __future__ import annotations

import json
import re
import threading
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import SourceError, Stopped
from ingest.sources.copies import stamped
from ingest.sources.interface import Connector, Place
from ingest.sources.kinds import KINDS, connect
from ingest.sources.web.paths import path_of
from ingest.store.catalogue.sources import Source
from ingest.sync.options import SyncOptions
from tests.folders import open_library, sync, write_files
from tests.ingest.sources.places import place, texts
from tests.ingest.sources.repositories import commit
from tests.repository import ROOT

PAGE = ROOT / "docs" / "sources.md"


def test_the_connector_of_the_documents_works(tmp_path: Path) -> None:
    """Its code is run as it stands there."""
    text = PAGE.read_text(encoding="utf-8")
    shown = re.search(r"## Write a connector.*?```python\n(.*?)```", text, re.DOTALL)
    assert shown is not None
    names: dict[str, type[Connector]] = {}
    exec(shown[1], names)
    export = tmp_path / "notes.json"
    notes = names["NotesConnector"](Place(str(export), tmp_path / "copies"))
    with pytest.raises(SourceError):
        notes.check()
    export.write_text(json.dumps({"Tea": "Green.", "Lunch/Dinner": "Noon."}))
    notes.check()
    assert texts(notes) == {"Tea.md": "Green.", "Lunch_Dinner.md": "Noon."}
    before = {one.path: one.mtime_ns for one in notes.list_files(threading.Event()).files}
    export.write_text(json.dumps({"Tea": "Black."}))
    assert texts(notes) == {"Tea.md": "Black."}
    after = {one.path: one.mtime_ns for one in notes.list_files(threading.Event()).files}
    assert after["Tea.md"] != before["Tea.md"]


def test_a_folder_is_a_kind_like_any_other(tmp_path: Path) -> None:
    """Read where it is."""
    write_files(tmp_path / "files", {"a.md": "a", "b/c.md": "c"})
    folder = place(tmp_path / "home", "folder", tmp_path / "files")
    folder.check()
    assert texts(folder) == {"a.md": "a", "b/c.md": "c"}
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("kind", ["git", "archive"])
def test_a_listing_that_is_stopped_is_no_failure(tmp_path: Path, kind: str) -> None:
    """It says that it was stopped, and the next one lists everything."""
    if kind == "git":
        path = tmp_path / "repository"
        commit(path, {"a.md": "a"}, 1_700_000_000)
    else:
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.md", "a")
    stop = threading.Event()
    stop.set()
    connector = place(tmp_path / "home", kind, path)
    with pytest.raises(Stopped):
        connector.list_files(stop)
    assert texts(connector) == {"a.md": "a"}


def test_a_sync_that_is_stopped_while_it_lists_is_not_done(tmp_path: Path) -> None:
    """What is left is counted, so that the job is taken up again; no document has changed."""
    path = tmp_path / "repository"
    commit(path, {"a.md": "# A\n\nSome text.\n"}, 1_700_000_000)
    with open_library(tmp_path / "home") as library:
        library.save_source(Source("repo", str(path), kind="git"))
        stop = threading.Event()
        stop.set()
        progress = library.sync("repo", SyncOptions(), lambda _: None, stop)
        assert progress.done < progress.total
        assert sync(library, "repo").counts["added"] == 1


def test_an_unknown_kind_is_refused_with_those_that_exist(tmp_path: Path) -> None:
    """So that a slip of the pen is found at once."""
    with pytest.raises(SourceError, match="there are " + ", ".join(KINDS)):
        connect(Source("s", "/x", kind="gti"), tmp_path)


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a\\b", ".hidden"])
def test_a_name_that_is_no_folder_s_is_refused(tmp_path: Path, name: str) -> None:
    """Copies of a source never lie outside their place."""
    with pytest.raises(SourceError):
        connect(Source(name, "/x", kind="git"), tmp_path)


@given(st.integers(0, 4_000_000_000), st.integers(0, 2**32), st.integers(0, 2**32))
def test_a_stamp_keeps_its_second_and_tells_contents_apart(when: int, one: int, two: int) -> None:
    """Fingerprints that differ below a thousand million give different stamps."""
    assert stamped(when, one) // 1_000_000_000 == when
    same = one % 1_000_000_000 == two % 1_000_000_000
    assert (stamped(when, one) == stamped(when, two)) == same


@given(st.text(max_size=60), st.sampled_from([".html", ".pdf", ".txt"]))
def test_a_page_s_path_is_plain_whatever_its_address(text: str, ending: str) -> None:
    """Relative, inside its folder, nothing hidden, no part too long for a file system."""
    path = path_of(f"https://example.org/{text}", ending)
    parts = path.split("/")
    assert path.endswith(ending)
    assert all(part and not part.startswith((".", "~$")) for part in parts)
    assert all(len(part.encode()) <= 255 and "\0" not in part for part in parts)


def test_two_pages_never_share_a_path() -> None:
    """What is taken is told apart by a mark."""
    first = path_of("https://example.org/a", ".html")
    second = path_of("https://example.org/a.html", ".html", {first})
    assert first == "a.html"
    assert second != first
