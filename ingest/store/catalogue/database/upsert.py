"""INSERT … ON CONFLICT, which SQLite and PostgreSQL spell alike but SQLAlchemy keeps apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Row = Mapping[str, Any]


def upsert(tx: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Inserts rows; one whose primary key exists replaces the other columns of that row."""
    _insert(tx, table, rows, replace=True)


def insert_missing(tx: Connection, table: Table, rows: Sequence[Row]) -> int:
    """Inserts the rows whose primary key is new, leaves the others; returns how many were new."""
    return _insert(tx, table, rows, replace=False)


def _insert(tx: Connection, table: Table, rows: Sequence[Row], *, replace: bool) -> int:
    if not rows:
        return 0
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    keys = list(table.primary_key.columns)
    given = [table.c[name] for name in rows[0] if name not in {key.name for key in keys}]
    if replace and given:
        statement = statement.on_conflict_do_update(
            index_elements=keys,
            set_={column.name: statement.excluded[column.name] for column in given},
        )
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    # Without the option a driver that sends many rows at once leaves their count at -1.
    kept = {"preserve_rowcount": True}
    return tx.execute(statement, list(rows), execution_options=kept).rowcount
