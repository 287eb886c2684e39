"""Web sites as sources."""
