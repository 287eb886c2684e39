"""The tables of the first release; they are made by `schema.py`, so there is nothing to do."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing: this is where catalogues begin."""
