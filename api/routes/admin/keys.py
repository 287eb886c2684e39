"""API keys."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter

from api.auth import Admin, Running
from api.errors import Refusal
from api.routes.bodies.accounts import Key, KeyIn, KeyList, NewKey
from api.routes.refusals import refuses
from assistant.access import keys

router = APIRouter(prefix="/v1/admin/keys", tags=["admin: accounts"])


@router.get("")
def list_keys(_: Admin, runtime: Running) -> KeyList:
    """Every key without its secret, oldest first."""
    return KeyList(keys=[Key.of(one) for one in keys.all_keys(runtime.library.catalogue)])


@router.post("", status_code=201, responses=refuses(503))
def create_key(body: KeyIn, _: Admin, runtime: Running) -> NewKey:
    """Makes a key; its secret is in this answer and nowhere else."""
    expires = None if body.expires_at is None else _in_utc(body.expires_at)
    if expires is not None and expires <= datetime.now(UTC):
        raise Refusal(422, "expires_at: is in the past")
    catalogue = runtime.library.catalogue
    made, secret = keys.create(catalogue, body.name, body.role, body.groups, expires)
    return NewKey(id=made.id, key=secret)


@router.delete("/{key_id}", status_code=204, responses=refuses(404, 503))
def revoke_key(key_id: str, _: Admin, runtime: Running) -> None:
    """Deletes a key; it opens nothing from now on."""
    keys.revoke(runtime.library.catalogue, key_id)


def _in_utc(moment: datetime) -> datetime:
    """The moment in UTC; without a zone it is meant so."""
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as exc:
        raise Refusal(422, "expires_at: is not between the years 1 and 9999 in UTC") from exc
