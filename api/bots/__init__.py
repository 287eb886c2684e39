"""Chat bots."""
