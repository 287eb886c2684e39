"""What a sync would do: a pure comparison of a folder with the catalogue.

Size and time decide first; only files that differ in either are hashed. A new path whose content
is that of a document whose file went away is a move.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.sources.walk import Walk
from ingest.store.catalogue.documents.known import KnownFile
from ingest.types import FoundFile


@dataclass(frozen=True, slots=True)
class Plan:
    """Each file once, by what is to happen to it.

    `touched` are files whose times changed but not their content; `moved` pairs a document with
    its file's new place.
    """

    added: tuple[FoundFile, ...] = ()
    changed: tuple[tuple[KnownFile, FoundFile], ...] = ()
    moved: tuple[tuple[KnownFile, FoundFile], ...] = ()
    touched: tuple[tuple[KnownFile, FoundFile], ...] = ()
    deleted: tuple[KnownFile, ...] = ()
    unchanged: int = 0
    unreadable: Mapping[str, str] = field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        """The plan as an admin sees it."""
        return {
            "added": [one.path for one in self.added],
            "changed": [after.path for _, after in self.changed],
            "moved": [[before.path, after.path] for before, after in self.moved],
            "deleted": [one.path for one in self.deleted],
            "unchanged": self.unchanged + len(self.touched),
            "unreadable": dict(self.unreadable),
        }


def to_hash(walk: Walk, known: Mapping[str, KnownFile], *, force: bool) -> list[FoundFile]:
    """The files whose content must be looked at: new ones, and those of another size or time.

    With `force` every file is looked at.
    """
    return [
        one
        for one in walk.files
        if force or (before := known.get(one.path)) is None or _differs(before, one)
    ]


def plan(
    walk: Walk,
    known: Mapping[str, KnownFile],
    hashes: Mapping[str, str],
    unreadable: Mapping[str, str],
    *,
    force: bool,
) -> Plan:
    """The comparison.

    Args:
        walk: the files that are there now.
        known: the source's documents by path.
        hashes: content hashes of the files of `to_hash`, by path.
        unreadable: those of them that could not be read, with the reason.
        force: index again what has not changed, too.
    """
    here = {one.path: one for one in walk.files}
    gone = {
        before.content_hash: before
        for path, before in known.items()
        if path not in here and not _below(path, walk.unreadable)
    }
    added: list[FoundFile] = []
    changed: list[tuple[KnownFile, FoundFile]] = []
    moved: list[tuple[KnownFile, FoundFile]] = []
    touched: list[tuple[KnownFile, FoundFile]] = []
    unchanged = 0
    for path, after in here.items():
        before = known.get(path)
        if path in unreadable:
            continue
        if before is None:
            origin = gone.pop(hashes[path], None)
            if origin is not None and origin.live_version is not None:
                moved.append((origin, after))
            else:
                added.append(after)
        elif force or (path in hashes and hashes[path] != before.content_hash):
            changed.append((before, after))
        elif _differs(before, after):
            touched.append((before, after))
        else:
            unchanged += 1
    leaving = {before.document_id for before, _ in moved}
    deleted = [
        before
        for path, before in known.items()
        if path not in here
        and before.document_id not in leaving
        and not _below(path, walk.unreadable)
    ]
    return Plan(
        tuple(added),
        tuple(changed),
        tuple(moved),
        tuple(touched),
        tuple(deleted),
        unchanged,
        dict(unreadable),
    )


def _differs(before: KnownFile, after: FoundFile) -> bool:
    return before.size != after.size or before.mtime_ns != after.mtime_ns


def _below(path: str, folders: tuple[str, ...]) -> bool:
    return any(not folder or path.startswith(folder + "/") for folder in folders)
