"""Opening the catalogue: one SQL database, SQLite in WAL mode or a PostgreSQL server by URL."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ingest.errors import CannotWrite, CatalogueError
from ingest.store.catalogue.database import postgres
from ingest.store.catalogue.database.migrations import upgrade
from ingest.store.catalogue.database.schema import SCHEMA_VERSION, metadata, state

_POOL, _OVERFLOW = 16, 32
"""Connections that are kept, and how many more may be made while all are in use."""


class Catalogue:
    """The database that is the truth. Thread-safe; readers never wait for the writer.

    Writers of this process queue on a lock instead of on SQLite's busy handler, so that a
    write never fails because another one is under way.

    Attributes:
        settling: held from a transaction that changes what passages are filtered by until the
            indexes have followed, so that nobody takes the time between for an error. Taken
            before a transaction begins, never inside one.
    """

    def __init__(self, url: str) -> None:
        """Opens (and, when new, creates) the catalogue at an SQLAlchemy `url`.

        Raises:
            CatalogueError: it cannot be opened, another Footnote has the server's database open,
                or a newer Footnote wrote it.
        """
        self._write_lock = threading.RLock()
        self.settling = threading.RLock()
        self._hold: Connection | None = None
        try:
            self.engine, self._readers = _engines(url)
            try:
                if self.engine.dialect.name == "postgresql":
                    self._hold = postgres.take(self.engine)
                self._bring_up()
            except BaseException:
                self.close()
                raise
        except SQLAlchemyError as exc:
            raise CatalogueError(
                f"the catalogue cannot be opened ({exc.__class__.__name__}: {exc}); "
                "check FOOTNOTE_HOME or FOOTNOTE_DATABASE_URL, free disk space and permissions"
            ) from exc

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading: everything read through it is one consistent snapshot."""
        with self._readers.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: all of it happens when the block ends, or nothing of it.

        Raises:
            CannotWrite: the disk is full, or the database is read-only.
        """
        try:
            with self._write_lock, self.engine.connect() as connection:
                connection = connection.execution_options(footnote_write=True)
                with connection.begin():
                    yield connection
        except DBAPIError as exc:
            if exc.orig is not None and _is_about_writing(exc.orig):
                raise CannotWrite.because("the catalogue", exc.orig) from exc
            raise

    def close(self) -> None:
        """Closes every connection."""
        if self._hold is not None:
            self._hold.invalidate()  # closed, not lent again: the lock on the database goes with it
            self._hold.close()
        self.engine.dispose()

    def _bring_up(self) -> None:
        """Creates the tables of a new catalogue, or takes an older one through its migrations."""
        with self.write() as tx:
            if not inspect(tx).has_table(state.name):
                metadata.create_all(tx)
                tx.execute(insert(state).values(key="schema", value=str(SCHEMA_VERSION)))
                return
            found = int(tx.scalar(select(state.c.value).where(state.c.key == "schema")) or 0)
            if found > SCHEMA_VERSION:
                raise CatalogueError(
                    f"the catalogue has schema {found}, this Footnote knows {SCHEMA_VERSION}; "
                    "install the version of Footnote that wrote it, or a newer one"
                )
        if found < SCHEMA_VERSION:
            self._keep_copy(found)
            with self.write() as tx:
                upgrade(tx, found)
                tx.execute(
                    update(state).where(state.c.key == "schema").values(value=str(SCHEMA_VERSION))
                )

    def copy_to(self, target: Path) -> None:
        """Writes a consistent, compact copy of a SQLite catalogue; readers and writers go on.

        Raises:
            CatalogueError: it is no SQLite file, or the copy cannot be written.
        """
        if self.engine.dialect.name != "sqlite":
            raise CatalogueError("only a SQLite catalogue can be copied; use your database's tools")
        raw = self.engine.raw_connection()
        try:
            raw.cursor().execute("VACUUM INTO ?", (str(target),))
        except sqlite3.Error as exc:
            target.unlink(missing_ok=True)
            raise CatalogueError(
                f"a copy of the catalogue cannot be written to {target} ({exc}); "
                "check free disk space and permissions"
            ) from exc
        finally:
            raw.close()

    def _keep_copy(self, found: int) -> None:
        """A copy of a SQLite catalogue as it was before its migration, beside it."""
        place = self.engine.url.database
        if self.engine.dialect.name == "sqlite" and place and place != ":memory:":
            kept = Path(f"{place}.schema-{found}")
            kept.unlink(missing_ok=True)
            self.copy_to(kept)


_SQLITE_WRITING = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY}


def _is_about_writing(error: BaseException) -> bool:
    """Whether the database could not write at all, whatever it was to write."""
    if isinstance(error, sqlite3.Error):
        code: int = getattr(error, "sqlite_errorcode", 0)
        return code & 0xFF in _SQLITE_WRITING  # the low byte of an extended code is its kind
    return postgres.is_about_writing(error)


def _engines(url: str) -> tuple[Engine, Engine]:
    """An engine for writing and one for reading, over the same connections."""
    parsed = make_url(url)
    kind = parsed.get_backend_name()
    if kind == "postgresql":
        engine = postgres.open_server(parsed, pool_size=_POOL, max_overflow=_OVERFLOW)
        return engine, postgres.readers(engine)
    if kind != "sqlite":
        raise CatalogueError(
            f"the catalogue can be in SQLite or PostgreSQL, not in {kind}; set "
            "FOOTNOTE_DATABASE_URL to sqlite:///… or postgresql://…"
        )
    # Parameters hold questions and document text, which no log line may show.
    engine = create_engine(url, pool_size=_POOL, max_overflow=_OVERFLOW, hide_parameters=True)
    _tune_sqlite(engine)
    return engine, engine


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
