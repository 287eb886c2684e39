"""One archive of everything that cannot be made again, taken from a live system, and the way back.

A backup holds a consistent copy of the catalogue, the uploaded files and a manifest with the
SHA-256 of each. The indexes are left out: they are written again from the catalogue without parsing
or embedding. Keys are in the catalogue as hashes only; settings are the environment's, so neither
passwords nor tokens are in a backup.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from filelock import FileLock, Timeout

from ingest.catalogue import documents
from ingest.catalogue.engine import Catalogue
from ingest.catalogue.schema import SCHEMA_VERSION
from ingest.catalogue.sources import UPLOADS
from ingest.errors import BackupError, CatalogueError

CATALOGUE = "catalogue.db"
MANIFEST = "manifest.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: when and by which Footnote it was made, each member's SHA-256.

    `lost` are uploaded documents whose files were not there when the backup was made.
    """

    made_at: str
    version: str
    schema: int
    members: dict[str, str]
    lost: tuple[str, ...]


def write_backup(catalogue: Catalogue, home: Path, target: Path) -> Manifest:
    """Writes a backup to `target`, which is wholly there or not at all.

    Raises:
        BackupError: it cannot be written.
        CatalogueError: the catalogue cannot be copied.
    """
    half = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as place:
            copy = Path(place) / CATALOGUE
            catalogue.copy_to(copy)
            manifest = _write(half, copy, home / "uploads", _uploads_of(copy))
        half.replace(target)
        _flush(target.parent)
    except OSError as exc:
        raise BackupError(
            f"the backup cannot be written to {target} ({exc.strerror or exc}); "
            "choose a folder that can be written and has room"
        ) from exc
    finally:
        half.unlink(missing_ok=True)
    return manifest


def restore_backup(archive: Path, home: Path, *, force: bool = False) -> Manifest:
    """Puts a backup's content into an empty state folder; everything is verified before.

    With `force` a folder that is not empty is moved aside (`HOME.before-TIME`), never deleted.
    The indexes are built when the folder is opened next; an older catalogue is brought forward.

    Raises:
        BackupError: the archive is broken, unsafe or of a newer Footnote, or the folder is not
            empty or in use; nothing was changed then.
    """
    if home.is_dir() and any(home.iterdir()) and not force:
        raise BackupError(
            f"{home} is not empty; choose an empty FOOTNOTE_HOME, or --force to move it aside"
        )
    place = None
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(dir=home.parent, prefix=f".{home.name}-restore-"))
        manifest = _unpack(archive, place)
        _uploads_of(place / CATALOGUE)
        # Of a sync that was under way there may be a half: the next start looks for it.
        (place / "open").touch()
        with _nobody_has(home):
            if home.is_dir() and any(home.iterdir()):
                aside = f"{home.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
                home.rename(home.with_name(aside))
            elif home.is_dir():
                home.rmdir()
            place.rename(home)
        _flush(home.parent)
    except CatalogueError as exc:
        raise BackupError(f"the catalogue in {archive} cannot be used: {exc}") from exc
    except OSError as exc:
        raise BackupError(f"{home} cannot be written ({exc.strerror or exc})") from exc
    finally:
        if place is not None:
            shutil.rmtree(place, ignore_errors=True)
    return manifest


def _uploads_of(copy: Path) -> list[str]:
    """The uploaded files that a catalogue names; an older one is brought forward.

    Raises:
        CatalogueError: it is no catalogue that this Footnote can use.
    """
    catalogue = Catalogue(f"sqlite:///{copy}")
    try:
        with catalogue.read() as connection:
            return sorted(documents.known_files(connection, UPLOADS))
    finally:
        catalogue.close()


@contextmanager
def _nobody_has(home: Path) -> Iterator[None]:
    """While the block runs no other process opens the folder.

    Raises:
        BackupError: one has it open.
    """
    lock = home / "lock"
    if not lock.is_file():
        yield
        return
    try:
        with FileLock(lock, timeout=0):
            yield
    except Timeout as exc:
        raise BackupError(f"a Footnote process has {home} open; stop it first") from exc


def _write(target: Path, copy: Path, folder: Path, uploads: list[str]) -> Manifest:
    members: dict[str, str] = {}
    lost: list[str] = []
    with target.open("xb") as file:
        with (
            gzip.open(file, "wb", compresslevel=5) as packed,
            tarfile.open(fileobj=packed, mode="w|") as tar,
        ):
            members[CATALOGUE] = _add(tar, copy, CATALOGUE)
            for path in uploads:
                name = f"uploads/{path}"
                try:
                    members[name] = _add(tar, folder / path, name)
                except FileNotFoundError:
                    lost.append(path)
            manifest = Manifest(
                datetime.now(UTC).isoformat(timespec="seconds"),
                _own_version(),
                SCHEMA_VERSION,
                members,
                tuple(lost),
            )
            data = json.dumps({"format": FORMAT, **asdict(manifest)}, ensure_ascii=False).encode()
            about = tarfile.TarInfo(MANIFEST)
            about.size, about.mode = len(data), 0o600
            tar.addfile(about, io.BytesIO(data))
        file.flush()
        os.fsync(file.fileno())
    return manifest


class _Summed:
    """A file whose content is summed up as it is read: what the archive gets, and nothing else."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.digest.update(data)
        return data


def _add(tar: tarfile.TarFile, path: Path, name: str) -> str:
    """Adds a file as it is when it is opened, whatever takes its name meanwhile; its SHA-256."""
    with path.open("rb") as file:
        seen = os.fstat(file.fileno())
        about = tarfile.TarInfo(name)
        about.size, about.mtime, about.mode = seen.st_size, int(seen.st_mtime), 0o600
        summed = _Summed(file)
        tar.addfile(about, cast(BinaryIO, summed))
    return summed.digest.hexdigest()


def _own_version() -> str:
    try:
        return version("footnote")
    except PackageNotFoundError:  # run from a folder that was never installed
        return "unknown"


def _flush(folder: Path) -> None:
    """What was renamed in a folder is so after a power cut too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
            path.parts[:1] == ("uploads",) and len(path.parts) > 1
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
