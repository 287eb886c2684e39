"""People by e-mail address, for whom chat bots act."""

from __future__ import annotations

from fastapi import APIRouter

from api.auth import Admin, Running
from api.routes.bodies.accounts import Person, PersonIn, PersonList
from api.routes.refusals import refuses
from assistant.access import people

router = APIRouter(prefix="/v1/admin/people", tags=["admin: accounts"])


@router.get("")
def list_people(_: Admin, runtime: Running) -> PersonList:
    """Everybody who is known."""
    return PersonList(
        people=[Person.of(one) for one in people.everybody(runtime.library.catalogue)]
    )


@router.post("", status_code=201, responses=refuses(503))
def save_person(body: PersonIn, _: Admin, runtime: Running) -> Person:
    """Adds or replaces a person."""
    catalogue = runtime.library.catalogue
    return Person.of(people.save(catalogue, body.email, body.name, body.groups, body.role))


@router.delete("/{email}", status_code=204, responses=refuses(404, 503))
def remove_person(email: str, _: Admin, runtime: Running) -> None:
    """Forgets a person."""
    people.remove(runtime.library.catalogue, email)
