"""Keys, people, and who the asker is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints

from api.routes.bodies.fields import Body, Group, Moment, Sent, Short, Text, example
from assistant.conversation.answer_json import time_text
from assistant.types import Principal, Role
from ingest.store.catalogue.accounts.keys import ApiKey
from ingest.store.catalogue.accounts.people import Person as PersonRecord

_KEY: dict[str, Any] = {
    "id": "key_5a4b3c2d1e0f9a8b7c6d5e4f",
    "name": "intranet",
    "role": "employee",
    "groups": ["hr"],
    "created_at": "2025-11-01T10:00:00Z",
    "expires_at": None,
    "last_used_at": "2025-11-25T08:00:12Z",
}
_PERSON: dict[str, Any] = {
    "email": "ann@example.com",
    "name": "Ann",
    "groups": ["hr"],
    "role": "employee",
}


class KeyIn(Body):
    """A key to be made; a time without a zone is UTC."""

    model_config = example(name="intranet", role="employee", groups=["hr"])

    name: Short
    role: Literal["employee", "admin", "bot"] = "employee"
    groups: list[Group] = Field([], max_length=200)
    expires_at: datetime | None = None


class PersonIn(Body):
    """Somebody for whom a bot may act."""

    model_config = example(**_PERSON)

    email: Annotated[Text, StringConstraints(max_length=320, pattern=r"^[^@\s]+@[^@\s]+$")]
    name: Annotated[Text, Field(max_length=200)] = ""
    groups: list[Group] = Field([], max_length=200)
    role: Literal["employee", "admin"] = "employee"


class Key(Sent):
    """A key without its secret; `last_used_at` is exact to a minute."""

    model_config = example(**_KEY)

    id: str
    name: str
    role: str
    groups: list[str]
    created_at: Moment
    expires_at: Moment | None
    last_used_at: Moment | None

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        """As it is sent."""
        return cls(
            id=key.id,
            name=key.name,
            role=key.role,
            groups=sorted(key.groups),
            created_at=time_text(key.created_at),
            expires_at=time_text(key.expires_at),
            last_used_at=time_text(key.last_used_at),
        )


class KeyList(Sent):
    """Every key, oldest first."""

    model_config = example(keys=[_KEY])

    keys: list[Key]


class NewKey(Sent):
    """A key's id and its secret, which is told this once."""

    model_config = example(id=_KEY["id"], key="fn_Jm3v…")

    id: str
    key: str


class Person(Sent):
    """Somebody for whom a bot may act."""

    model_config = example(**_PERSON)

    email: str
    name: str
    groups: list[str]
    role: str

    @classmethod
    def of(cls, person: PersonRecord) -> Self:
        """As it is sent."""
        return cls(
            email=person.email, name=person.name, groups=sorted(person.groups), role=person.role
        )


class PersonList(Sent):
    """Everybody who is known, by address."""

    model_config = example(people=[_PERSON])

    people: list[Person]


class Me(Sent):
    """Who the key belongs to."""

    model_config = example(id=_KEY["id"], name="intranet", role="employee", groups=["hr"])

    id: str
    name: str
    role: Role
    groups: list[str]

    @classmethod
    def of(cls, asker: Principal) -> Self:
        """As it is sent."""
        return cls(id=asker.id, name=asker.name, role=asker.role, groups=sorted(asker.groups))
