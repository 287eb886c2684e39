"""Bringing an older catalogue up to the present tables, step by step (alembic, its only home).

Each step is a file in `versions/`, numbered by the schema version it leads to. A new catalogue is
created whole from `schema.py`, so steps run on old ones only; a test holds both to be the same.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection


def upgrade(connection: Connection, found: int) -> None:
    """Runs every step after schema version `found`, inside the connection's transaction.

    Where a catalogue stands is in its `state` table; alembic's own record is set from it.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.stamp(config, f"{found:04d}", purge=True)
    command.upgrade(config, "head")
