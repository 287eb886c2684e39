"""Which databases a catalogue may be in, and whose it then is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from ingest.errors import CannotWrite, CatalogueError
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.database.schema import state
from ingest.store.catalogue.database.upsert import upsert
from tests.ingest.store.catalogue.databases import postgres_url
from tests.repository import ROOT


@pytest.mark.parametrize("url", ["mysql://me@host/name", "oracle://me@host/name"])
def test_other_databases_are_refused_at_the_start(url: str) -> None:
    """With which ones there are, not with a failure at the first statement."""
    with pytest.raises(CatalogueError, match="SQLite or PostgreSQL"):
        Catalogue(url)


@pytest.mark.parametrize("url", ["nonsense", "postgres://me@host/name", ""])
def test_what_is_no_address_is_told(url: str) -> None:
    """With the setting's name."""
    with pytest.raises(CatalogueError, match="FOOTNOTE_DATABASE_URL"):
        Catalogue(url)


def test_without_the_driver_it_says_what_to_install() -> None:
    """PostgreSQL's driver is an extra."""
    code = (
        "import sys\n"
        "sys.modules['psycopg'] = None\n"
        "from ingest.store.catalogue.database.engine import Catalogue\n"
        "Catalogue('postgresql://me@localhost/name')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert "pip install 'footnote[postgres]'" in done.stderr.splitlines()[-1]


@pytest.mark.slow
def test_a_servers_database_is_one_footnotes_at_a_time(postgres: Path) -> None:
    """A second one is refused while the first runs, and may open it when that has closed."""
    url = postgres_url(postgres)
    first = Catalogue(url)
    with pytest.raises(CatalogueError, match="another Footnote"):
        Catalogue(url)
    first.close()
    Catalogue(url).close()


@pytest.mark.slow
def test_a_restarted_connection_is_made_anew(postgres: Path) -> None:
    """A server that ends its connections costs nobody a question."""
    url = postgres_url(postgres)
    catalogue = Catalogue(url)
    with catalogue.write() as tx:
        upsert(tx, state, [{"key": "k", "value": "v"}])
        pid = tx.scalar(text("SELECT pg_backend_pid()"))
    other = create_engine(url)
    with other.connect() as connection:
        assert connection.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    other.dispose()
    with catalogue.read() as connection:
        assert connection.scalar(state.select().where(state.c.key == "k")) == "k"
    catalogue.close()


@pytest.mark.slow
def test_a_database_that_may_not_be_written_is_told_as_such(postgres: Path) -> None:
    """As a full disk is: the error that says what to do."""
    catalogue = Catalogue(postgres_url(postgres))

    def write() -> None:
        with catalogue.write() as tx:
            tx.execute(text("SET TRANSACTION READ ONLY"))
            upsert(tx, state, [{"key": "k", "value": "v"}])

    with pytest.raises(CannotWrite, match="catalogue"):
        write()
    catalogue.close()


@pytest.mark.slow
def test_a_database_that_cannot_hold_every_text_is_refused(postgres: Path) -> None:
    """One in Latin letters only would lose Chinese documents."""
    url = postgres_url(
        postgres, ENCODING="'LATIN1'", TEMPLATE="template0", LOCALE_PROVIDER="libc", LOCALE="'C'"
    )
    with pytest.raises(CatalogueError, match="UTF8"):
        Catalogue(url)
