"""A backup is whole, verified before anything is touched, and brings everything back."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
import sqlite3
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from ingest.care.backup import MANIFEST, write_backup
from ingest.care.restore import restore_backup
from ingest.errors import BackupError
from ingest.library import Library
from ingest.store.catalogue.accounts import keys
from ingest.store.catalogue.database.schema import document, version
from ingest.store.catalogue.documents.known import known_files
from ingest.store.catalogue.readable.documents import document_records
from tests.folders import add_source, open_library, scope, sync, write_files
from tests.ingest.store.test_migrations import RELEASED

FILES = {"a.md": "# Leave\n\nAnnual leave is 25 days.\n", "b.md": "# Roof\n\nZeppelins land.\n"}


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(tmp_path / "home") as opened:
        add_source(opened, write_files(tmp_path / "docs", FILES))
        sync(opened)
        opened.upload("notes/会议.md", "# 会议\n\n每周一开会。\n".encode(), frozenset({"everyone"}))
        yield opened


def _backup(library: Library, tmp_path: Path) -> Path:
    target = tmp_path / "saved.tar.gz"
    write_backup(library.catalogue, library.settings.home, target)
    return target


def test_everything_comes_back(library: Library, tmp_path: Path) -> None:
    """Documents, keys, uploaded files and their text; the indexes are whole and agree."""
    with library.catalogue.write() as tx:
        _, key = keys.create(tx, "k", "employee", ("hr",))
    archive = _backup(library, tmp_path)
    other = tmp_path / "other"
    manifest = restore_backup(archive, other)
    assert manifest.lost == ()
    assert manifest.version[:1].isdigit()
    assert (other / "uploads" / "notes" / "会议.md").read_text(encoding="utf-8").startswith("# 会")
    with open_library(other) as restored:
        with restored.catalogue.read() as connection:
            total, _ = document_records(connection, scope(restored))
            assert keys.find(connection, key) is not None
        assert total == 3
        assert restored.check().clean
        assert sync(restored).counts["unchanged"] == 2
        assert sync(restored).counts["embedded_chunks"] == 0


def test_a_backup_of_a_live_system_is_one_moment(library: Library, tmp_path: Path) -> None:
    """What changes afterwards is not in it, and an upload that vanished is named."""
    (library.settings.home / "uploads" / "notes" / "会议.md").unlink()
    target = tmp_path / "saved.tar.gz"
    manifest = write_backup(library.catalogue, library.settings.home, target)
    assert manifest.lost == ("notes/会议.md",)
    write_files(tmp_path / "docs", {"c.md": "# Later\n\nText.\n"})
    sync(library)
    restore_backup(target, tmp_path / "other")
    with open_library(tmp_path / "other") as restored, restored.catalogue.read() as connection:
        assert set(known_files(connection, "handbook")) == {"a.md", "b.md"}


def test_a_folder_that_is_not_empty_is_refused_or_moved_aside(
    library: Library, tmp_path: Path
) -> None:
    """Nothing is ever deleted."""
    archive = _backup(library, tmp_path)
    full = write_files(tmp_path / "full", {"precious.txt": "x"})
    with pytest.raises(BackupError, match="not empty"):
        restore_backup(archive, full)
    assert (full / "precious.txt").is_file()
    restore_backup(archive, full, force=True)
    (aside,) = tmp_path.glob("full.before-*")
    assert (aside / "precious.txt").is_file()
    assert (full / "catalogue.db").is_file()


@pytest.mark.parametrize("mounted", [False, True])
def test_a_folder_in_which_footnote_ran_is_kept_whole(
    library: Library, tmp_path: Path, mounted: bool
) -> None:
    """Also in a volume that cannot be renamed: the old state still opens where it was put."""
    archive = _backup(library, tmp_path)
    home = tmp_path / "volume"
    if mounted:
        (home / "lost+found").mkdir(parents=True)
    restore_backup(archive, home, is_mount=lambda _: mounted)
    with open_library(home) as opened:
        write_files(tmp_path / "docs", {"c.md": "# Later\n\nText.\n"})
        sync(opened)
    restore_backup(archive, home, force=True, is_mount=lambda _: mounted)
    (aside,) = home.glob("before-*") if mounted else tmp_path.glob("volume.before-*")
    for place, paths in ((home, {"a.md", "b.md"}), (aside, {"a.md", "b.md", "c.md"})):
        with open_library(place) as opened:
            with opened.catalogue.read() as connection:
                assert set(known_files(connection, "handbook")) == paths
            assert opened.check(second_look_s=0).clean
    assert not list(tmp_path.rglob(".*-restore-*"))


def _packed(path: Path, members: dict[str, bytes], link: str = "") -> Path:
    with gzip.open(path, "wb") as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
        for name, data in members.items():
            about = tarfile.TarInfo(name)
            about.size = len(data)
            tar.addfile(about, io.BytesIO(data))
        if link:
            about = tarfile.TarInfo(link)
            about.type, about.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(about)
    return path


def test_a_broken_archive_changes_nothing(library: Library, tmp_path: Path) -> None:
    """Cut off, altered, foreign, unsafe or newer: it is said, and the folder stays as it was."""
    good = _backup(library, tmp_path)
    with gzip.open(good, "rb") as packed, tarfile.open(fileobj=packed, mode="r|") as tar:
        members = {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr]  # files
    manifest = json.loads(members[MANIFEST])
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    altered = {**members, "uploads/notes/会议.md": b"another text"}
    newer = {**members, MANIFEST: json.dumps({**manifest, "schema": 999}).encode()}
    bad = {
        "no whole backup": cut,
        "damaged: uploads": _packed(tmp_path / "altered.tar.gz", altered),
        "newer Footnote": _packed(tmp_path / "newer.tar.gz", newer),
        "holds 'uploads'": _packed(tmp_path / "file.tar.gz", {"uploads": b"x"}),
        "holds '/etc/x'": _packed(tmp_path / "root.tar.gz", {"/etc/x": b"x"}),
        "holds 'uploads/a/b' twice": _packed(
            tmp_path / "below.tar.gz", {"uploads/a": b"x", "uploads/a/b": b"x"}
        ),
        "which no backup": _packed(tmp_path / "up.tar.gz", {"uploads/../../x": b"x"}),
        "holds 'uploads/l'": _packed(tmp_path / "link.tar.gz", {}, link="uploads/l"),
        "is not there": tmp_path / "nowhere.tar.gz",
        "no backup of Footnote": _packed(tmp_path / "foreign.tar.gz", {}),
    }
    for reason, archive in bad.items():
        with pytest.raises(BackupError, match=reason):
            restore_backup(archive, tmp_path / "other")
        assert not (tmp_path / "other").exists()
    assert not list(tmp_path.glob(".other-restore-*"))


def test_a_backup_that_cannot_be_written_leaves_nothing(library: Library, tmp_path: Path) -> None:
    """No half archive is taken for a whole one."""
    with pytest.raises(BackupError, match="cannot be written"):
        write_backup(library.catalogue, library.settings.home, tmp_path / "no" / "x.tar.gz")
    assert not list(tmp_path.glob("**/*.part"))


def test_a_backup_that_was_killed_takes_no_room(tmp_path: Path) -> None:
    """What it had copied inside the state folder is gone after the next start."""
    left = write_files(tmp_path / "home" / ".backup-killed", {"catalogue.db": "half"})
    with open_library(tmp_path / "home"):
        assert not left.exists()


@pytest.mark.parametrize("dump", RELEASED, ids=lambda one: one.stem)
def test_an_older_backup_is_restored_and_migrated(tmp_path: Path, dump: Path) -> None:
    """A backup outlives the version of Footnote that made it."""
    old = tmp_path / "old.db"
    with sqlite3.connect(old) as connection:
        connection.executescript(dump.read_text(encoding="utf-8"))
        uploads = [
            str(path)
            for (path,) in connection.execute("SELECT path FROM document WHERE source = 'uploads'")
        ]
    connection.close()
    members = {"catalogue.db": old.read_bytes()}
    members |= {f"uploads/{path}": b"text" for path in uploads}
    schema = int(dump.stem.removeprefix("schema-"))
    home = tmp_path / "home"
    manifest = restore_backup(_archive(tmp_path / "old.tar.gz", members, schema=schema), home)
    assert (manifest.schema, manifest.version) == (schema, "unknown")
    with open_library(home) as opened:
        with opened.catalogue.read() as reader:
            total, _ = document_records(reader, scope(opened))
        assert total == 3
        assert opened.check().clean


def _archive(path: Path, members: dict[str, bytes], schema: int = 1) -> Path:
    """An archive whose sums are right."""
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in members.items()}
    manifest = {"format": 1, "made_at": "2026-01-01", "schema": schema, "lost": []}
    about = json.dumps({**manifest, "members": sums}).encode()
    return _packed(path, {**members, MANIFEST: about})


@pytest.mark.parametrize("content", [b"", b"no database at all " * 500, b"SQLite format 3\0" * 99])
def test_right_sums_do_not_make_a_catalogue(tmp_path: Path, content: bytes) -> None:
    """What cannot be opened as a catalogue is refused before anything is touched."""
    archive = _archive(tmp_path / "x.tar.gz", {"catalogue.db": content})
    with pytest.raises(BackupError):
        restore_backup(archive, tmp_path / "home")
    assert not (tmp_path / "home").exists()
    assert not list(tmp_path.glob(".home-restore-*"))


def test_a_folder_in_use_is_not_taken_away(library: Library, tmp_path: Path) -> None:
    """Not even with --force, and what is in it goes on."""
    archive = _backup(library, tmp_path)
    with pytest.raises(BackupError, match="open; stop it first"):
        restore_backup(archive, library.settings.home, force=True)
    assert sync(library).counts["unchanged"] == 2
    assert library.check().clean


def test_uploads_go_on_in_the_restored_folder(library: Library, tmp_path: Path) -> None:
    """Its files are opened and replaced there, not where the backup was made."""
    restore_backup(_backup(library, tmp_path), tmp_path / "other")
    shutil.rmtree(library.settings.home / "uploads")
    with open_library(tmp_path / "other") as restored:
        with restored.catalogue.read() as connection:
            (known,) = known_files(connection, "uploads").values()
        original = restored.original(known.document_id, scope(restored))
        assert original.is_relative_to(tmp_path / "other")
        again = restored.upload("notes/会议.md", "# 会议\n\n改到周二。\n".encode(), None)
        assert again == known.document_id
        assert restored.check().clean


def test_a_backup_beside_syncs_and_uploads_is_one_moment(library: Library, tmp_path: Path) -> None:
    """Whatever was under way, the restored folder holds whole documents and agrees."""
    root = tmp_path / "docs"
    done = threading.Event()
    rounds = 0

    def change() -> None:
        nonlocal rounds
        while not done.is_set():
            rounds += 1
            for name in ("a.md", "b.md", "c.md"):
                write_files(root, {name: f"# {name}\n\nRound {rounds} of the roof.\n"})
            library.upload("u.md", b"# U\n\nRound.\n" + b"x" * rounds, None)
            sync(library)
            library.remove_document(library.upload("gone.md", b"# Gone\n\nSoon.\n", None))

    thread = threading.Thread(target=change)
    thread.start()
    archives = []
    try:
        for number in range(6):
            archives.append(tmp_path / f"{number}.tar.gz")
            write_backup(library.catalogue, library.settings.home, archives[-1])
    finally:
        done.set()
        thread.join()
    assert rounds > 0
    for number, archive in enumerate(archives):
        home = tmp_path / f"restored-{number}"
        manifest = restore_backup(archive, home)
        with open_library(home) as restored:
            with restored.catalogue.read() as connection:
                staged = connection.scalar(
                    select(func.count())
                    .select_from(version.join(document, document.c.id == version.c.document_id))
                    .where(func.coalesce(document.c.live_version, 0) < version.c.version)
                )
            assert staged == 0
            found = restored.check(second_look_s=0).found
            assert found.get("uploads_missing", frozenset()) <= set(manifest.lost)
            assert found.keys() <= {"uploads_missing"}
