"""The way back from a backup into a state folder: everything is verified before."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from filelock import FileLock, Timeout

from ingest.care.backup import CATALOGUE, MANIFEST, Manifest, flush_folder, uploads_of
from ingest.errors import BackupError, CatalogueError
from ingest.store.catalogue.database.schema import SCHEMA_VERSION
from ingest.store.home import LOCK, OPEN, UPLOADED


def restore_backup(
    archive: Path,
    home: Path,
    *,
    force: bool = False,
    is_mount: Callable[[Path], bool] = os.path.ismount,
) -> Manifest:
    """Puts a backup's content into an empty state folder; everything is verified before.

    With `force` a folder that is not empty is moved aside (`HOME.before-TIME`), never deleted. A
    mounted volume stays where it is, and what was in it is in its folder `before-TIME` then.
    The indexes are built when the folder is opened next; an older catalogue is brought forward.

    Raises:
        BackupError: the archive is broken, unsafe or of a newer Footnote, or the folder is not
            empty or in use; nothing was changed then.
    """
    if _content(home) and not force:
        raise BackupError(
            f"{home} is not empty; choose an empty FOOTNOTE_HOME, or --force to move it aside"
        )
    place = None
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        mounted = is_mount(home)
        beside = home if mounted else home.parent
        place = Path(tempfile.mkdtemp(dir=beside, prefix=f".{home.name}-restore-"))
        manifest = _unpack(archive, place)
        uploads_of(place / CATALOGUE)
        # Of a sync that was under way there may be a half: the next start looks for it.
        (place / OPEN).touch()
        with _nobody_has(home):
            if mounted:
                _take_over(place, home)
            else:
                _take_place(place, home)
        flush_folder(beside)
    except CatalogueError as exc:
        raise BackupError(f"the catalogue in {archive} cannot be used: {exc}") from exc
    except OSError as exc:
        raise BackupError(f"{home} cannot be written ({exc.strerror or exc})") from exc
    finally:
        if place is not None:
            shutil.rmtree(place, ignore_errors=True)
    return manifest


def _take_place(place: Path, home: Path) -> None:
    if home.is_dir() and any(home.iterdir()):
        home.rename(home.with_name(f"{home.name}.{_before()}"))
    elif home.is_dir():
        home.rmdir()
    place.rename(home)


def _take_over(place: Path, home: Path) -> None:
    """As `_take_place` in a volume, which itself cannot be renamed; the catalogue comes last."""
    old = [one for one in _content(home) if one != place]
    if old:
        aside = home / _before()
        aside.mkdir(mode=0o700)
        for one in old:
            one.rename(aside / one.name)
    for one in sorted(place.iterdir(), key=lambda one: one.name == CATALOGUE):
        one.rename(home / one.name)


def _content(home: Path) -> list[Path]:
    """What is in a folder; what every ext4 volume has is nothing."""
    if not home.is_dir():
        return []
    return [one for one in home.iterdir() if one.name != "lost+found"]


def _before() -> str:
    return f"before-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"


@contextmanager
def _nobody_has(home: Path) -> Iterator[None]:
    """While the block runs no other process opens the folder.

    Raises:
        BackupError: one has it open.
    """
    lock = home / LOCK
    if not lock.is_file():
        yield
        return
    try:
        with FileLock(lock, timeout=0):
            yield
    except Timeout as exc:
        raise BackupError(f"a Footnote process has {home} open; stop it first") from exc


_NO_MANIFEST = (ValueError, KeyError, TypeError, AttributeError)


def _unpack(archive: Path, place: Path) -> Manifest:
    try:
        with (
            gzip.open(archive, "rb") as packed,
            tarfile.open(fileobj=packed, mode="r|") as tar,
        ):
            seen = dict(_members(tar, place))
        given = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
        manifest = Manifest(
            given["made_at"],
            str(given.get("version", "unknown")),
            int(given["schema"]),
            dict(given["members"]),
            tuple(given["lost"]),
        )
    except FileNotFoundError as exc:
        raise BackupError(f"{archive} is not there, or is no backup of Footnote") from exc
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error, *_NO_MANIFEST) as exc:
        raise BackupError(f"{archive} is no whole backup of Footnote ({exc})") from exc
    if manifest.schema > SCHEMA_VERSION:
        raise BackupError(
            f"{archive} was made by a newer Footnote (schema {manifest.schema}, this one knows "
            f"{SCHEMA_VERSION}); install that version"
        )
    seen.pop(MANIFEST, None)
    wrong = sorted(
        name for name in {*seen, *manifest.members} if seen.get(name) != manifest.members.get(name)
    )
    if wrong or CATALOGUE not in seen:
        raise BackupError(f"{archive} is damaged: {', '.join(wrong[:5]) or CATALOGUE}")
    with (place / CATALOGUE).open("rb") as file:  # an empty file would become a new catalogue
        if file.read(16) != b"SQLite format 3\0":
            raise BackupError(f"{archive} holds no catalogue")
    (place / MANIFEST).unlink()
    return manifest


def _members(tar: tarfile.TarFile, place: Path) -> Iterator[tuple[str, str]]:
    for about in tar:
        path = PurePosixPath(about.name)
        inside = about.name in (CATALOGUE, MANIFEST) or (
            path.parts[:1] == (UPLOADED,) and len(path.parts) > 1
        )
        if not about.isreg() or not inside or ".." in path.parts or "\0" in about.name:
            raise BackupError(f"the archive holds {about.name!r}, which no backup of Footnote does")
        file = tar.extractfile(about)
        assert file is not None
        target = place / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            digest = hashlib.sha256()
            with target.open("xb") as out:
                while part := file.read(1 << 20):
                    digest.update(part)
                    out.write(part)
                out.flush()
                os.fsync(out.fileno())
        except (FileExistsError, NotADirectoryError) as exc:
            raise BackupError(f"the archive holds {about.name!r} twice") from exc
        os.utime(target, (about.mtime, about.mtime))
        yield about.name, digest.hexdigest()
