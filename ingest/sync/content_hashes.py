"""Comparing content: the hashes that a plan needs, read politely where all files are read."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.errors import SourceError
from ingest.sources.interface import Connector, go_on
from ingest.sources.walk import Walk, hash_file
from ingest.store.catalogue.documents.known import KnownFile
from ingest.store.precedence import Precedence
from ingest.types import FoundFile

SLICE_S = 0.1
"""Reading everything rests after so long, for as long: half the disk is left to others."""


@dataclass(frozen=True, slots=True)
class Hashes:
    """Content hashes by path, and why the other files have none."""

    of: Mapping[str, str]
    unreadable: Mapping[str, str]


def hash_files(connector: Connector, walk: Walk, files: Sequence[FoundFile]) -> Hashes:
    """The hashes of some of a walk's files; what could not be fetched is told with the reason."""
    of: dict[str, str] = {}
    unreadable = _unnameable(walk)
    for one in files:
        if one.path not in walk.failed:
            _hash(connector, one, of, unreadable)
    return Hashes(of, unreadable)


def compare_all(
    connector: Connector,
    walk: Walk,
    known: Mapping[str, KnownFile],
    precedence: Precedence,
    stop: threading.Event,
    compared: set[FoundFile],
    *,
    slice_s: float = SLICE_S,
) -> Hashes:
    """The hashes of all of a walk's files, apart from known ones in `compared`.

    These are files that an earlier run of the same job found to be as the catalogue knows them;
    what this run finds so is put there, too. Questions go first, and it rests half of the time.

    Raises:
        Stopped: `stop` was set; at least one slice was compared before.
    """
    of: dict[str, str] = {}
    unreadable = _unnameable(walk)
    began = time.perf_counter()
    for one in walk.files:
        before = known.get(one.path)
        if (before is not None and one in compared) or one.path in walk.failed:
            continue
        _hash(connector, one, of, unreadable)
        if before is not None and of.get(one.path) == before.content_hash:
            compared.add(one)
        spent = time.perf_counter() - began
        if spent >= slice_s:
            precedence.wait()
            stop.wait(spent)
            go_on(stop)
            began = time.perf_counter()
    return Hashes(of, unreadable)


def _unnameable(walk: Walk) -> dict[str, str]:
    reason = "the file's name is not valid UTF-8; rename the file"
    return {**dict.fromkeys(walk.unnameable, reason), **walk.failed}


def _hash(
    connector: Connector, one: FoundFile, of: dict[str, str], unreadable: dict[str, str]
) -> None:
    try:
        of[one.path] = hash_file(connector.read(one.path))
    except SourceError as exc:
        unreadable[one.path] = str(exc)
