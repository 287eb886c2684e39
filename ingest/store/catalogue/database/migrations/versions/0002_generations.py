"""Generations of chunks, claims of files, kinds and schedules of sources, stages of jobs."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_BIG_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Adds tables and columns; every chunk there is belongs to generation 1."""
    op.create_table(
        "generation",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("recipe", sa.JSON, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("switched_at", sa.BigInteger),
    )
    op.create_table(
        "claim",
        sa.Column("source", sa.String(100), primary_key=True),
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("worker", sa.String(64), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    for column in (
        sa.Column("kind", sa.String(16), nullable=False, server_default="folder"),
        sa.Column("options", sa.JSON, nullable=False, server_default="{}"),
        sa.Column("watch", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("interval_s", sa.Integer),
        sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("synced_at", sa.BigInteger),
        sa.Column("reconciled_at", sa.BigInteger),
    ):
        op.add_column("source", column)
    for column in (
        sa.Column("kind", sa.String(16), nullable=False, server_default="sync"),
        sa.Column("stage", sa.String(32), nullable=False, server_default=""),
        sa.Column("worker", sa.String(64)),
        sa.Column("heartbeat_at", sa.BigInteger),
    ):
        op.add_column("job", column)
    _chunks_with_generations()


def _chunks_with_generations() -> None:
    """A new table, since SQLite cannot change what makes a row unique."""
    op.drop_index("chunk_by_hash", "chunk")
    op.rename_table("chunk", "chunk_before")
    kept: list[sa.Column[Any]] = [
        sa.Column("id", _BIG_KEY, primary_key=True, autoincrement=False),
        sa.Column("document_id", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.Column("headings", sa.JSON, nullable=False),
        sa.Column("inner_headings", sa.JSON, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("token_count", sa.Integer, nullable=False),
        sa.Column("page_start", sa.Integer),
        sa.Column("page_end", sa.Integer),
        sa.Column("sheet", sa.Text),
        sa.Column("row_start", sa.Integer),
        sa.Column("row_end", sa.Integer),
        sa.Column("table_header", sa.Text),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("text_hash", sa.String(32), nullable=False),
    ]
    names = [column.name for column in kept]
    made = op.create_table(
        "chunk",
        *kept,
        sa.Column("generation", sa.Integer, nullable=False, server_default="1"),
        sa.UniqueConstraint("document_id", "version", "generation", "ordinal"),
    )
    before = sa.table("chunk_before", *(sa.column(name) for name in names))
    op.execute(sa.insert(made).from_select(names, sa.select(before)))
    op.drop_table("chunk_before")
    op.create_index("chunk_by_hash", "chunk", ["text_hash"])
