"""Principals, and the scope of their searches."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from assistant.types import Filters, Principal, Role
from ingest.store.catalogue.access.classes import readable_classes
from ingest.store.catalogue.database.engine import Catalogue
from ingest.types import Scope


def principal(
    connection: Connection, principal_id: str, name: str, role: Role, groups: Iterable[str]
) -> Principal:
    """A principal with the access classes that their groups may read at this moment."""
    own = frozenset(groups)
    classes = readable_classes(connection, own, admin=role is Role.ADMIN)
    return Principal(principal_id, name, own, role, classes)


def this_machine(catalogue: Catalogue) -> Principal:
    """This machine's own commands, which may do everything."""
    with catalogue.read() as connection:
        return principal(connection, "local", "This machine", Role.ADMIN, ())


def demo(catalogue: Catalogue) -> Principal:
    """Whoever tries the product out: they read what everyone may."""
    with catalogue.read() as connection:
        return principal(connection, "demo", "Demo", Role.EMPLOYEE, ())


def scope_of(asker: Principal, filters: Filters | None = None) -> Scope:
    """What a search of this principal may see."""
    filters = filters or Filters()
    return Scope(asker.classes, filters.sources, filters.languages, filters.modified_after)
