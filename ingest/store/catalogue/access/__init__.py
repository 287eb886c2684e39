"""Access classes, and how they follow the rules of sources."""
