"""Opening the catalogue: one SQL database, SQLite in WAL mode or PostgreSQL by URL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from ingest.catalogue.schema import SCHEMA_VERSION, metadata, state
from ingest.errors import CatalogueError


class Catalogue:
    """The database that is the truth. Thread-safe; readers never wait for the writer.

    Writers of this process queue on a lock instead of on SQLite's busy handler, so that a
    write never fails because another one is under way.
    """

    def __init__(self, url: str) -> None:
        """Opens (and, when new, creates) the catalogue at an SQLAlchemy `url`.

        Raises:
            CatalogueError: it cannot be opened, or a newer Footnote wrote it.
        """
        self._write_lock = threading.RLock()
        try:
            # Parameters hold questions and document text, which no log line may show.
            self.engine: Engine = create_engine(
                url, pool_size=16, max_overflow=32, hide_parameters=True
            )
            if make_url(url).get_backend_name() == "sqlite":
                _tune_sqlite(self.engine)
            with self.write() as tx:
                metadata.create_all(tx)
            self._check_version()
        except SQLAlchemyError as exc:
            raise CatalogueError(
                f"the catalogue cannot be opened ({exc.__class__.__name__}: {exc}); "
                "check FOOTNOTE_HOME or FOOTNOTE_DATABASE_URL, free disk space and permissions"
            ) from exc

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading: everything read through it is one consistent snapshot."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: all of it happens when the block ends, or nothing of it."""
        with self._write_lock, self.engine.connect() as connection:
            connection = connection.execution_options(footnote_write=True)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Closes every connection."""
        self.engine.dispose()

    def _check_version(self) -> None:
        with self.write() as tx:
            found = tx.scalar(select(state.c.value).where(state.c.key == "schema"))
            if found is None:
                tx.execute(insert(state).values(key="schema", value=str(SCHEMA_VERSION)))
            elif int(found) != SCHEMA_VERSION:
                raise CatalogueError(
                    f"the catalogue has schema {found}, this Footnote knows {SCHEMA_VERSION}; "
                    "install the version of Footnote that wrote it"
                )


def _tune_sqlite(engine: Engine) -> None:
    """WAL so that readers and the writer do not wait for each other; explicit transactions.

    The driver's own transaction handling is switched off, since it would begin a write
    transaction late and then fail instead of wait (SQLAlchemy's manual, "Serializable isolation
    / Savepoints / Transactional DDL").
    """

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=30000",
            "temp_store=MEMORY",
            "cache_size=-32000",
            "mmap_size=268435456",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("footnote_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
