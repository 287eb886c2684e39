"""Catalogues written by every released version open in this one, with nothing lost."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import inspect

from ingest.errors import CatalogueError
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.database.schema import SCHEMA_VERSION, metadata
from ingest.store.catalogue.for_index import live_rows
from ingest.store.catalogue.readable.documents import document_records
from tests.folders import open_library, scope

RELEASED = sorted((Path(__file__).parent / "released").glob("schema-*.sql"))


def _old(dump: Path, home: Path) -> Path:
    home.mkdir(parents=True, exist_ok=True)
    place = home / "catalogue.db"
    with sqlite3.connect(place) as connection:
        connection.executescript(dump.read_text(encoding="utf-8"))
    connection.close()
    return place


def _shape(catalogue: Catalogue) -> dict[str, object]:
    found = inspect(catalogue.engine)
    return {
        name: (
            {(one["name"], str(one["type"]), one["nullable"]) for one in found.get_columns(name)},
            tuple(found.get_pk_constraint(name)["constrained_columns"]),
            {tuple(one["column_names"]) for one in found.get_indexes(name)},
            {tuple(one["column_names"]) for one in found.get_unique_constraints(name)},
        )
        for name in metadata.tables
    }


def test_every_older_schema_has_a_stored_catalogue() -> None:
    """No released schema is left untested."""
    assert [one.stem for one in RELEASED] == [f"schema-{n}" for n in range(1, SCHEMA_VERSION)]


@pytest.mark.parametrize("dump", RELEASED, ids=lambda one: one.stem)
def test_an_old_catalogue_gets_exactly_the_tables_of_a_new_one(dump: Path, tmp_path: Path) -> None:
    """A migrated catalogue cannot be told from one that was made today."""
    old = Catalogue(f"sqlite:///{_old(dump, tmp_path / 'old')}")
    new = Catalogue(f"sqlite:///{tmp_path / 'new.db'}")
    assert _shape(old) == _shape(new)
    old.close()
    new.close()


@pytest.mark.parametrize("dump", RELEASED, ids=lambda one: one.stem)
def test_an_old_home_answers_as_before(dump: Path, tmp_path: Path) -> None:
    """Documents and passages are all there, indexes are rebuilt, and nothing is embedded anew."""
    _old(dump, tmp_path)
    with open_library(tmp_path) as library:
        with library.catalogue.read() as connection:
            total, records = document_records(connection, scope(library))
            live = list(live_rows(connection))
        assert total == 3
        assert {one.path for one in records} == {"hr/leave.md", "travel.md", "vpn.txt"}
        assert {one.chunk_id for one in live} == set(library.index.words.chunk_ids())
        assert {one.chunk_id for one in live} == set(library.index.matrix.ids())


@pytest.mark.parametrize("dump", RELEASED, ids=lambda one: one.stem)
def test_the_catalogue_as_it_was_is_kept_beside_the_migrated_one(
    dump: Path, tmp_path: Path
) -> None:
    """Going back to the older version of Footnote stays possible."""
    place = _old(dump, tmp_path)
    Catalogue(f"sqlite:///{place}").close()
    kept = Path(f"{place}.{dump.stem}")
    with sqlite3.connect(kept) as connection:
        found = connection.execute("select value from state where key = 'schema'").fetchone()
    connection.close()
    assert found == (dump.stem.removeprefix("schema-"),)


def test_a_newer_catalogue_is_refused(tmp_path: Path) -> None:
    """An older Footnote never writes into what it does not know."""
    place = tmp_path / "catalogue.db"
    Catalogue(f"sqlite:///{place}").close()
    with sqlite3.connect(place) as connection:
        connection.execute("update state set value = '999' where key = 'schema'")
    connection.close()
    with pytest.raises(CatalogueError, match="install the version"):
        Catalogue(f"sqlite:///{place}")
