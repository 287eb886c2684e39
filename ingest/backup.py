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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from ingest.catalogue import documents
from ingest.catalogue.engine import Catalogue
from ingest.catalogue.schema import SCHEMA_VERSION
from ingest.catalogue.sources import UPLOADS
from ingest.errors import BackupError

CATALOGUE = "catalogue.db"
MANIFEST = "manifest.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: when it was made, of which schema, each member's SHA-256.

    `lost` are uploaded documents whose files were not there when the backup was made.
    """

    made_at: str
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
            with catalogue.read() as connection:
                uploads = sorted(documents.known_files(connection, UPLOADS))
            manifest = _write(half, copy, home / "uploads", uploads)
        half.replace(target)
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
    The indexes are built when the folder is opened next.

    Raises:
        BackupError: the archive is broken, unsafe or of a newer Footnote, or the folder is not
            empty; nothing was changed then.
    """
    if home.is_dir() and any(home.iterdir()) and not force:
        raise BackupError(
            f"{home} is not empty; choose an empty FOOTNOTE_HOME, or --force to move it aside"
        )
    home.parent.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(dir=home.parent, prefix=f".{home.name}-restore-"))
    try:
        manifest = _unpack(archive, place)
        if home.is_dir() and any(home.iterdir()):
            home.rename(home.with_name(f"{home.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"))
        elif home.is_dir():
            home.rmdir()
        place.chmod(0o700)
        place.rename(home)
    except OSError as exc:
        raise BackupError(f"{home} cannot be written ({exc.strerror or exc})") from exc
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return manifest


def _write(target: Path, copy: Path, folder: Path, uploads: list[str]) -> Manifest:
    members: dict[str, str] = {}
    lost: list[str] = []
    with gzip.open(target, "wb", compresslevel=5) as packed, _tar(packed, "w|") as tar:
        members[CATALOGUE] = _add(tar, copy, CATALOGUE)
        for path in uploads:
            name = f"uploads/{path}"
            try:
                members[name] = _add(tar, folder / path, name)
            except FileNotFoundError:
                lost.append(path)
        manifest = Manifest(
            datetime.now(UTC).isoformat(timespec="seconds"), SCHEMA_VERSION, members, tuple(lost)
        )
        data = json.dumps({"format": FORMAT, **_to_json(manifest)}, ensure_ascii=False).encode()
        about = tarfile.TarInfo(MANIFEST)
        about.size = len(data)
        tar.addfile(about, io.BytesIO(data))
    return manifest


def _add(tar: tarfile.TarFile, path: Path, name: str) -> str:
    """Adds a file as it is at this moment; a snapshot, since it may be replaced meanwhile."""
    with path.open("rb") as file:
        about = tarfile.TarInfo(name)
        about.size = os.fstat(file.fileno()).st_size
        about.mtime = int(os.fstat(file.fileno()).st_mtime)
        about.mode = 0o600
        tar.addfile(about, file)
        file.seek(0)
        return _digest(file, about.size)


def _digest(file: Any, size: int) -> str:
    digest = hashlib.sha256()
    while size > 0 and (part := file.read(min(size, 1 << 20))):
        digest.update(part)
        size -= len(part)
    return digest.hexdigest()


def _unpack(archive: Path, place: Path) -> Manifest:
    try:
        with gzip.open(archive, "rb") as packed, _tar(packed, "r|") as tar:
            seen = {name: digest for name, digest in _members(tar, place)}
        given = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
        manifest = Manifest(
            given["made_at"], int(given["schema"]), dict(given["members"]), tuple(given["lost"])
        )
    except FileNotFoundError as exc:
        raise BackupError(f"{archive} is not there, or is no backup of Footnote") from exc
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, ValueError, KeyError, TypeError) as exc:
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
    (place / MANIFEST).unlink()
    return manifest


def _members(tar: tarfile.TarFile, place: Path) -> Iterator[tuple[str, str]]:
    for about in tar:
        path = PurePosixPath(about.name)
        inside = about.name in (CATALOGUE, MANIFEST) or path.parts[:1] == ("uploads",)
        if not about.isreg() or not inside or ".." in path.parts or path.is_absolute():
            raise BackupError(f"the archive holds {about.name!r}, which no backup of Footnote does")
        file = tar.extractfile(about)
        assert file is not None
        target = place / path
        target.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with target.open("xb") as out:
            while part := file.read(1 << 20):
                digest.update(part)
                out.write(part)
        os.utime(target, (about.mtime, about.mtime))
        yield about.name, digest.hexdigest()


@contextmanager
def _tar(packed: Any, mode: Any) -> Iterator[tarfile.TarFile]:
    with tarfile.open(fileobj=packed, mode=mode) as tar:
        yield tar


def _to_json(manifest: Manifest) -> dict[str, Any]:
    return {
        "made_at": manifest.made_at,
        "schema": manifest.schema,
        "members": manifest.members,
        "lost": list(manifest.lost),
    }
