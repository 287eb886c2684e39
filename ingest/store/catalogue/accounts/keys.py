"""API keys: only their SHA-256 is kept, so that a stolen catalogue opens nothing.

A key is 256 random bits, so a plain hash (no salt, no stretching) cannot be guessed back.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from ingest.errors import NotFound
from ingest.store.catalogue.database.ids import new_id
from ingest.store.catalogue.database.schema import api_key

PREFIX = "fn_"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret."""

    id: str
    name: str
    role: str
    groups: frozenset[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


def create(
    tx: Connection,
    name: str,
    role: str,
    groups: Iterable[str],
    expires_at: datetime | None = None,
    secret: str | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its secret, which cannot be read again; `secret` presets it."""
    secret = secret or PREFIX + secrets.token_urlsafe(32)
    made = ApiKey(new_id("key"), name, role, frozenset(groups), datetime.now(UTC), expires_at, None)
    tx.execute(
        insert(api_key).values(
            id=made.id,
            name=name,
            hash=_hash(secret),
            role=role,
            groups=sorted(made.groups),
            created_at=made.created_at,
            expires_at=expires_at,
        )
    )
    return made, secret


def find(connection: Connection, secret: str) -> ApiKey | None:
    """The key with this secret, if there is one and it has not expired."""
    row = connection.execute(select(api_key).where(api_key.c.hash == _hash(secret))).one_or_none()
    if row is None:
        return None
    key = _key(row)
    return None if key.expires_at is not None and key.expires_at <= datetime.now(UTC) else key


def used(tx: Connection, key_id: str) -> None:
    """Notes that a key was used now."""
    tx.execute(update(api_key).where(api_key.c.id == key_id).values(last_used_at=datetime.now(UTC)))


def all_keys(connection: Connection) -> list[ApiKey]:
    """Every key, oldest first."""
    return [_key(row) for row in connection.execute(select(api_key).order_by(api_key.c.created_at))]


def count(connection: Connection) -> int:
    """How many keys there are."""
    return connection.scalar(select(func.count()).select_from(api_key)) or 0


def revoke(tx: Connection, key_id: str) -> None:
    """Deletes a key; it opens nothing from now on.

    Raises:
        NotFound: there is no such key.
    """
    if tx.execute(delete(api_key).where(api_key.c.id == key_id)).rowcount == 0:
        raise NotFound(f"there is no key {key_id!r}; `footnote keys list` shows them")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _key(row: Row[tuple[object, ...]]) -> ApiKey:
    return ApiKey(
        row.id,
        row.name,
        row.role,
        frozenset(row.groups),
        row.created_at,
        row.expires_at,
        row.last_used_at,
    )
