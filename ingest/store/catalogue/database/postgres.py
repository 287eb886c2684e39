"""A PostgreSQL server as the catalogue's database: one Footnote at a time, snapshots for readers.

Work is coordinated inside one process (locks, the queue of jobs), so a second Footnote on the same
database would take the first one's staged versions for those of a dead process. It is refused, by
an advisory lock which the server gives back when the connection that holds it ends.
"""

from __future__ import annotations

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import URL

from ingest.errors import CatalogueError

LOCK = int.from_bytes(b"footnote")
"""Number of the advisory lock; the same in every version, so that they see each other."""

_WRITING = {"53100", "25006"}
"""disk_full and read_only_sql_transaction (PostgreSQL manual, appendix A)."""


def open_server(url: URL, *, pool_size: int, max_overflow: int) -> Engine:
    """An engine that survives restarts of the server; nothing is connected yet.

    Raises:
        CatalogueError: the driver is not installed.
    """
    try:
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=pool_size,
            max_overflow=max_overflow,
            pool_pre_ping=True,
            hide_parameters=True,
        )
    except ModuleNotFoundError as exc:
        raise CatalogueError(
            "a catalogue in PostgreSQL needs its driver: pip install 'footnote[postgres]'"
        ) from exc


def readers(engine: Engine) -> Engine:
    """The same connections for reading: one snapshot a transaction, which cannot write.

    The server's default is a snapshot a statement, with which a document that is replaced
    meanwhile would be seen half old and half new.
    """
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def take(engine: Engine) -> Connection:
    """Takes the database for this process until the connection that is returned is closed.

    Raises:
        CatalogueError: another process has it, or it is not in UTF-8.
    """
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        encoding = connection.scalar(text("SHOW server_encoding"))
        if encoding != "UTF8":
            raise CatalogueError(
                f"the catalogue's database is encoded in {encoding}, which cannot hold every text; "
                "create it with ENCODING 'UTF8'"
            )
        # So that the server notices within a minute when the machine that holds the lock is gone.
        for name, value in (("idle", 30), ("interval", 10), ("count", 3)):
            connection.execute(text(f"SET tcp_keepalives_{name} = {value}"))
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LOCK}):
            raise CatalogueError(
                "another Footnote works on this catalogue (FOOTNOTE_DATABASE_URL); stop it first, "
                "or give each a database of its own"
            )
    except BaseException:
        connection.invalidate()
        connection.close()
        raise
    return connection


def is_about_writing(error: BaseException) -> bool:
    """Whether the server could not write at all, whatever it was to write."""
    return getattr(error, "sqlstate", None) in _WRITING
