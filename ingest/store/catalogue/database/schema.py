"""The tables of the catalogue, in one place.

Documents, their versions and chunks are the truth from which both indexes can be rebuilt
without parsing or embedding again. A document's `live_version` is what readers see: it is set
and moved only inside one transaction, which is what makes a document wholly old or wholly new.
Times are UTC, stored as integer microseconds since 1970 so that every database orders them alike.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.types import TypeDecorator

metadata = MetaData()

SCHEMA_VERSION = 2
"""Raised whenever a released table changes, together with a step in `migrations/versions`."""


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime, kept as integer microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Python to database."""
        return None if value is None else round(value.timestamp() * 1_000_000)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Database to Python."""
        return None if value is None else datetime.fromtimestamp(value / 1_000_000, UTC)


# SQLite makes only INTEGER keys its row ids, which are its fastest way to a row.
_BigKey = BigInteger().with_variant(Integer, "sqlite")

# What lies below a folder is found as a range of paths, in the order of their characters and not
# in that of a language, which is what a PostgreSQL server may sort by.
_Path = Text().with_variant(Text(collation="C"), "postgresql")

state = Table(
    "state",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

source = Table(
    "source",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("path", Text, nullable=False),
    Column("include", JSON, nullable=False),
    Column("exclude", JSON, nullable=False),
    Column("access", JSON, nullable=False),
    Column("owner", Text),
    Column("created_at", Moment, nullable=False),
    Column("kind", String(16), nullable=False, server_default="folder"),
    Column("options", JSON, nullable=False, server_default="{}"),
    Column("watch", Boolean, nullable=False, server_default=false()),
    Column("interval_s", Integer),
    Column("paused", Boolean, nullable=False, server_default=false()),
    Column("synced_at", Moment),
    Column("reconciled_at", Moment),
)

access_class = Table(
    "access_class",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("groups", Text, nullable=False, unique=True),
    sqlite_autoincrement=True,
)

access_class_group = Table(
    "access_class_group",
    metadata,
    Column("class_id", ForeignKey("access_class.id", ondelete="CASCADE"), primary_key=True),
    Column("group_name", String(200), primary_key=True),
    Index("access_class_group_by_group", "group_name"),
)

document = Table(
    "document",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("source", ForeignKey("source.name"), nullable=False),
    Column("path", _Path, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("live_version", Integer),
    Column("access_class", ForeignKey("access_class.id"), nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("title", Text, nullable=False, default=""),
    Column("language", String(8), nullable=False, default="other"),
    Column("pages", Integer),
    Column("details", JSON, nullable=False, default=dict),
    Column("modified_at", Moment, nullable=False),
    Column("indexed_at", Moment, nullable=False),
    UniqueConstraint("source", "path"),
    Index("document_by_content", "source", "content_hash"),
)

version = Table(
    "version",
    metadata,
    Column("document_id", ForeignKey("document.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("content_hash", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("blocks", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False),
)

chunk = Table(
    "chunk",
    metadata,
    Column("id", _BigKey, primary_key=True, autoincrement=False),
    Column("document_id", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("headings", JSON, nullable=False),
    Column("inner_headings", JSON, nullable=False),
    Column("language", String(8), nullable=False),
    Column("token_count", Integer, nullable=False),
    Column("page_start", Integer),
    Column("page_end", Integer),
    Column("sheet", Text),
    Column("row_start", Integer),
    Column("row_end", Integer),
    Column("table_header", Text),
    Column("text", Text, nullable=False),
    Column("text_hash", String(32), nullable=False),
    Column("generation", Integer, nullable=False, server_default="1"),
    UniqueConstraint("document_id", "version", "generation", "ordinal"),
    Index("chunk_by_hash", "text_hash"),
)

generation = Table(
    "generation",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("state", String(16), nullable=False),
    Column("recipe", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("switched_at", Moment),
)

claim = Table(
    "claim",
    metadata,
    Column("source", String(100), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("content_hash", String(64), nullable=False),
    Column("worker", String(64), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

embedding = Table(
    "embedding",
    metadata,
    Column("model", String(200), primary_key=True),
    Column("text_hash", String(32), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)

purge = Table(
    "purge",
    metadata,
    Column("chunk_id", _BigKey, primary_key=True, autoincrement=False),
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", Text, nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("groups", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("last_used_at", Moment),
)

job = Table(
    "job",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("source", String(100), nullable=False),
    Column("state", String(16), nullable=False),
    Column("options", JSON, nullable=False),
    Column("counts", JSON, nullable=False),
    Column("failures", JSON, nullable=False),
    Column("plan", JSON),
    Column("error", Text, nullable=False, default=""),
    Column("total", Integer, nullable=False, default=0),
    Column("done", Integer, nullable=False, default=0),
    Column("created_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("kind", String(16), nullable=False, server_default="sync"),
    Column("stage", String(32), nullable=False, server_default=""),
    Column("worker", String(64)),
    Column("heartbeat_at", Moment),
    Index("job_by_time", "created_at"),
)

conversation = Table(
    "conversation",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("principal", String(200), nullable=False),
    Column("title", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index("conversation_by_principal", "principal", "updated_at"),
)

answer = Table(
    "answer",
    metadata,
    Column("id", String(40), primary_key=True),
    Column(
        "conversation_id",
        ForeignKey("conversation.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("principal", String(200), nullable=False),
    Column("status", String(16), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("body", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
)

answer_document = Table(
    "answer_document",
    metadata,
    Column("answer_id", ForeignKey("answer.id", ondelete="CASCADE"), primary_key=True),
    Column("document_id", String(40), primary_key=True),
    Index("answer_document_by_document", "document_id"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("answer_id", ForeignKey("answer.id", ondelete="CASCADE"), primary_key=True),
    Column("principal", String(200), primary_key=True),
    Column("rating", String(8), nullable=False),
    Column("reason", Text),
    Column("comment", Text),
    Column("created_at", Moment, nullable=False),
)

seen_event = Table(
    "seen_event",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("seen_at", Moment, nullable=False),
)

person = Table(
    "person",
    metadata,
    Column("email", String(320), primary_key=True),
    Column("name", Text, nullable=False),
    Column("groups", JSON, nullable=False),
    Column("role", String(16), nullable=False),
    Column("verified", Boolean, nullable=False, default=True),
)
