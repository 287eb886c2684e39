"""API keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter

from api.auth import Admin, Running
from api.errors import Refusal
from api.routes.requests import KeyIn
from assistant.conversation.answer_json import time_text
from ingest.store.catalogue.accounts import keys

router = APIRouter(prefix="/v1/admin/keys", tags=["admin"])


@router.get("")
def list_keys(_: Admin, runtime: Running) -> dict[str, Any]:
    """Every key without its secret, oldest first."""
    with runtime.library.catalogue.read() as connection:
        found = keys.all_keys(connection)
    return {
        "keys": [
            {
                "id": one.id,
                "name": one.name,
                "role": one.role,
                "groups": sorted(one.groups),
                "created_at": time_text(one.created_at),
                "expires_at": time_text(one.expires_at),
                "last_used_at": time_text(one.last_used_at),
            }
            for one in found
        ]
    }


@router.post("", status_code=201)
def create_key(body: KeyIn, _: Admin, runtime: Running) -> dict[str, str]:
    """Makes a key; its secret is in this answer and nowhere else."""
    expires = None if body.expires_at is None else _in_utc(body.expires_at)
    if expires is not None and expires <= datetime.now(UTC):
        raise Refusal(422, "expires_at: is in the past")
    with runtime.library.catalogue.write() as tx:
        made, secret = keys.create(tx, body.name, body.role, body.groups, expires)
    return {"id": made.id, "key": secret}


@router.delete("/{key_id}", status_code=204)
def revoke_key(key_id: str, _: Admin, runtime: Running) -> None:
    """Deletes a key; it opens nothing from now on."""
    with runtime.library.catalogue.write() as tx:
        keys.revoke(tx, key_id)


def _in_utc(moment: datetime) -> datetime:
    """The moment in UTC; without a zone it is meant so."""
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as exc:
        raise Refusal(422, "expires_at: is not between the years 1 and 9999 in UTC") from exc
