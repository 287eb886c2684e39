"""Walking a folder: which files are there, which of them are wanted, what they hold."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from ingest.errors import SourceError
from ingest.text.globs import matches
from ingest.types import FoundFile

_LITTER = frozenset({"Thumbs.db", "desktop.ini", "__MACOSX"})


@dataclass(frozen=True, slots=True)
class Walk:
    """What a walk met.

    `unreadable` are folders (POSIX, relative, "" for the root) that could not be listed: nothing
    below them may be taken for deleted. `unnameable` are files whose names are not UTF-8 (shown
    with escapes), which cannot be indexed until they are renamed. `failed` says by path what could
    not be fetched and why; a document that is already known stays as it is if it is in `files` too.
    """

    files: tuple[FoundFile, ...]
    unreadable: tuple[str, ...] = ()
    unnameable: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)


def mtime_of(seen: os.stat_result) -> int:
    """A file's time in ns since 1970; one after the year 2262 is that: databases hold no later."""
    return min(seen.st_mtime_ns, 2**63 - 1)


def walk(root: Path, include: Sequence[str], exclude: Sequence[str]) -> Walk:
    """The wanted files below `root`: those that an include glob matches and no exclude glob.

    Symbolic links are not followed, whether to files or folders; hidden files and folders (a
    leading dot), office lock files (`~$…`) and the litter of file managers are left out.

    Raises:
        SourceError: `root` is not a folder that can be read.
    """
    if not root.is_dir():
        raise SourceError(
            f"{root} is not a folder (is the drive mounted, is the path right?); "
            "nothing was changed in the index"
        )
    return _walk(root, [""], [], include, exclude)


def walk_some(
    root: Path, paths: Sequence[str], include: Sequence[str], exclude: Sequence[str]
) -> Walk:
    """As `walk`, of these files and of what is below these folders alone (POSIX, relative).

    A path that is not there is taken for gone only if the folder above it can be looked into. One
    below a symbolic link is not there, as for `walk`.

    Raises:
        SourceError: `root` is not a folder that can be read.
    """
    try:
        os.scandir(root).close()
    except OSError as exc:
        raise SourceError(f"{root} cannot be read ({exc.strerror})") from exc
    folders: list[str] = []
    files: list[FoundFile] = []
    unreadable: list[str] = []
    for path in paths:
        if any(is_litter(part) for part in path.split("/")):
            continue
        try:
            if any((root / folder).is_symlink() for folder in _folders_above(path)):
                continue
            about = (root / path).lstat()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            unreadable.append(path.rpartition("/")[0])
            continue
        if stat.S_ISDIR(about.st_mode):
            folders.append(path)
        elif stat.S_ISREG(about.st_mode) and wanted(path, include, exclude):
            files.append(FoundFile(path, about.st_size, mtime_of(about)))
    found = _walk(root, folders, files, include, exclude)
    return replace(found, unreadable=(*found.unreadable, *unreadable))


def _folders_above(path: str) -> Sequence[PurePosixPath]:
    return PurePosixPath(path).parents[:-1]  # the root may be a link itself


def is_litter(name: str) -> bool:
    """Whether a file or folder is never indexed: hidden, a lock file, or a file manager's own."""
    return name.startswith((".", "~$")) or name in _LITTER


def _walk(
    root: Path,
    pending: list[str],
    files: list[FoundFile],
    include: Sequence[str],
    exclude: Sequence[str],
) -> Walk:
    unreadable: list[str] = []
    unnameable: list[str] = []
    while pending:
        folder = pending.pop()
        try:
            entries = sorted(os.scandir(root / folder), key=lambda entry: entry.name)
        except OSError as exc:
            if not folder:
                raise SourceError(f"{root} cannot be read ({exc.strerror})") from exc
            unreadable.append(folder)
            continue
        for entry in entries:
            if is_litter(entry.name):
                continue
            path = f"{folder}/{entry.name}" if folder else entry.name
            if not _is_utf8(entry.name):
                unnameable.append(path.encode("utf-8", "backslashreplace").decode())
                continue
            try:
                about = entry.stat(follow_symlinks=False)
            except OSError:
                continue  # it went away between listing and looking
            if stat.S_ISDIR(about.st_mode):
                pending.append(path)
            elif stat.S_ISREG(about.st_mode) and wanted(path, include, exclude):
                files.append(FoundFile(path, about.st_size, mtime_of(about)))
    return Walk(tuple(dict.fromkeys(files)), tuple(unreadable), tuple(unnameable))


def hash_file(path: Path) -> str:
    """SHA-256 of a file's content, hex; links are not followed.

    Raises:
        SourceError: the file cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with open(descriptor, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as exc:
        raise SourceError(_why_unreadable(exc)) from exc


def _why_unreadable(exc: OSError) -> str:
    if isinstance(exc, PermissionError):
        return "the file may not be read by the user that runs Footnote; change its permissions"
    if isinstance(exc, FileNotFoundError):
        return "the file went away while it was being read"
    return f"the file cannot be read ({exc.strerror or exc})"


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def wanted(path: str, include: Sequence[str], exclude: Sequence[str]) -> bool:
    """Whether an include glob matches a path and no exclude glob does."""
    if not any(pattern in ("**", "**/*") or matches(path, pattern) for pattern in include):
        return False
    return not any(matches(path, pattern) for pattern in exclude)
