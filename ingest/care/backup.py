"""One archive of everything that cannot be made again, taken from a live system.

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
import tarfile
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import BinaryIO, cast

from ingest.errors import BackupError
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.database.schema import SCHEMA_VERSION
from ingest.store.catalogue.documents.known import known_files
from ingest.store.catalogue.sources import UPLOADS
from ingest.store.home import BACKUP_PART, UPLOADED

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
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=BACKUP_PART) as place:
            copy = Path(place) / CATALOGUE
            catalogue.copy_to(copy)
            manifest = _write(half, copy, home / UPLOADED, uploads_of(copy))
        half.replace(target)
        flush_folder(target.parent)
    except OSError as exc:
        raise BackupError(
            f"the backup cannot be written to {target} ({exc.strerror or exc}); "
            "choose a folder that can be written and has room"
        ) from exc
    finally:
        half.unlink(missing_ok=True)
    return manifest


def uploads_of(copy: Path) -> list[str]:
    """The uploaded files that a catalogue names; an older one is brought forward.

    Raises:
        CatalogueError: it is no catalogue that this Footnote can use.
    """
    catalogue = Catalogue(f"sqlite:///{copy}")
    try:
        with catalogue.read() as connection:
            return sorted(known_files(connection, UPLOADS))
    finally:
        catalogue.close()


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
                name = f"{UPLOADED}/{path}"
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


def flush_folder(folder: Path) -> None:
    """What was renamed in a folder is so after a power cut too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
