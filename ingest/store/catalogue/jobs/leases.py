"""Claims: which files are in work, so that one that ends the process is found out.

A file is claimed before it is parsed, and its claim goes with the transaction that publishes it
or records why it gave no text. What a process leaves behind when it dies are therefore exactly
the files that it had begun and never ended; `tries` counts how often that happened with the same
content.

The lease (`expires_at`, renewed while the worker lives) says to whoever else reads the catalogue
how long a file is spoken for. Whether a claim is alive is never decided by a clock here: one
process owns an index, so the claim of any other worker is a dead one's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from ingest.store.catalogue.database.schema import claim
from ingest.store.catalogue.database.upsert import upsert

LEASE_S = 120

_PART = 500


@dataclass(frozen=True, slots=True)
class Claim:
    """A file in work: its content, whose work it is, and how often it was begun, this time too."""

    path: str
    content_hash: str
    worker: str
    tries: int


def of_source(connection: Connection, source: str) -> dict[str, Claim]:
    """Every claim on files of a source, by path."""
    rows = connection.execute(select(claim).where(claim.c.source == source))
    return {row.path: Claim(row.path, row.content_hash, row.worker, row.tries) for row in rows}


def take(tx: Connection, source: str, claims: Sequence[Claim]) -> None:
    """Files are in work from when `tx` commits; an older claim on the same path is replaced."""
    expires = datetime.now(UTC) + timedelta(seconds=LEASE_S)
    rows = [
        {
            "source": source,
            "path": one.path,
            "content_hash": one.content_hash,
            "worker": one.worker,
            "tries": one.tries,
            "expires_at": expires,
        }
        for one in claims
    ]
    upsert(tx, claim, rows)


def release(tx: Connection, source: str, paths: Sequence[str]) -> None:
    """These files' work has ended, well or badly; unknown paths are ignored."""
    for start in range(0, len(paths), _PART):
        part = paths[start : start + _PART]
        tx.execute(delete(claim).where(claim.c.source == source, claim.c.path.in_(part)))


def release_all(tx: Connection, source: str, worker: str | None = None) -> None:
    """Nothing of a source is in work, or nothing of `worker`'s."""
    mine = claim.c.source == source
    if worker is not None:
        mine &= claim.c.worker == worker
    tx.execute(delete(claim).where(mine))


def renew(tx: Connection, worker: str) -> None:
    """A living worker's claims hold for another lease."""
    expires = datetime.now(UTC) + timedelta(seconds=LEASE_S)
    tx.execute(update(claim).where(claim.c.worker == worker).values(expires_at=expires))


def begun(left: Mapping[str, Claim], path: str, content_hash: str, worker: str) -> int:
    """How often a file with this content was begun and never ended, by what is left of it.

    A claim of `worker` itself does not count: its process is alive, so the work failed with an
    error that was seen and told.
    """
    one = left.get(path)
    if one is None or one.worker == worker or one.content_hash != content_hash:
        return 0
    return one.tries
