"""What alembic runs before any step: every step goes through the caller's connection."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
