"""API keys: whose a secret is, and the making and revoking of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from assistant.access.principals import principal
from assistant.types import Principal, Role
from ingest.store.catalogue.accounts import keys
from ingest.store.catalogue.accounts.keys import ApiKey
from ingest.store.catalogue.database.engine import Catalogue


def holder(catalogue: Catalogue, secret: str) -> Principal | None:
    """Who holds the key with this secret; None if it is unknown, expired or revoked.

    The principal's id is the key's.
    """
    with catalogue.read() as connection:
        key = keys.find(connection, secret)
        if key is None:
            return None
        return principal(connection, key.id, key.name, Role(key.role), key.groups)


def all_keys(catalogue: Catalogue) -> list[ApiKey]:
    """Every key without its secret, oldest first."""
    with catalogue.read() as connection:
        return keys.all_keys(connection)


def create(
    catalogue: Catalogue,
    name: str,
    role: str,
    groups: Iterable[str],
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its secret, which cannot be read again."""
    with catalogue.write() as tx:
        return keys.create(tx, name, role, groups, expires_at)


def revoke(catalogue: Catalogue, key_id: str) -> None:
    """Deletes a key; it opens nothing from now on.

    Raises:
        NotFound: there is no such key.
    """
    with catalogue.write() as tx:
        keys.revoke(tx, key_id)


def note_use(catalogue: Catalogue, key_id: str) -> None:
    """Notes that a key was used now."""
    with catalogue.write() as tx:
        keys.used(tx, key_id)


def ensure_admin(catalogue: Catalogue, preset: str | None) -> str | None:
    """The secret of a first admin key, made when there is no key at all; else None.

    With a `preset` secret that is an admin key from now on, and nothing is told.
    """
    with catalogue.write() as tx:
        if preset is not None:
            if keys.find(tx, preset) is None:
                keys.create(tx, "preset admin key", "admin", (), secret=preset)
            return None
        if keys.count(tx):
            return None
        return keys.create(tx, "first admin key", "admin", ())[1]
