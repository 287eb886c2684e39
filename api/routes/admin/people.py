"""People by e-mail address, for whom chat bots act."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from api.auth import Admin, Running
from api.routes.requests import PersonIn
from ingest.store.catalogue.accounts import people
from ingest.store.catalogue.accounts.people import Person

router = APIRouter(prefix="/v1/admin/people", tags=["admin"])


def _person_json(person: Person) -> dict[str, Any]:
    return {
        "email": person.email,
        "name": person.name,
        "groups": sorted(person.groups),
        "role": person.role,
    }


@router.get("")
def list_people(_: Admin, runtime: Running) -> dict[str, Any]:
    """Everybody who is known."""
    with runtime.library.catalogue.read() as connection:
        return {"people": [_person_json(one) for one in people.everybody(connection)]}


@router.post("", status_code=201)
def save_person(body: PersonIn, _: Admin, runtime: Running) -> dict[str, Any]:
    """Adds or replaces a person."""
    with runtime.library.catalogue.write() as tx:
        saved = people.save(tx, body.email, body.name or body.email, body.groups, body.role)
    return _person_json(saved)


@router.delete("/{email}", status_code=204)
def remove_person(email: str, _: Admin, runtime: Running) -> None:
    """Forgets a person."""
    with runtime.library.catalogue.write() as tx:
        people.remove(tx, email)
