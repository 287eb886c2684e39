"""A catalogue in each of the databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.store.catalogue.database.engine import Catalogue
from tests.ingest.store.catalogue.databases import postgres_server, postgres_url, sqlite_url


@pytest.fixture(scope="session")
def postgres() -> Iterator[Path]:
    """Where a PostgreSQL server listens."""
    with postgres_server() as socket:
        yield socket


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Makes an empty database and says where it is."""
    if request.param == "sqlite":
        return lambda: sqlite_url(tmp_path)
    socket: Path = request.getfixturevalue("postgres")
    return lambda: postgres_url(socket)


@pytest.fixture
def catalogue(new_url: Callable[[], str]) -> Iterator[Catalogue]:
    """A new catalogue."""
    made = Catalogue(new_url())
    yield made
    made.close()
