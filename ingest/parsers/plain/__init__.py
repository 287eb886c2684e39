"""Plain text, Markdown, JSON, and the bytes below them."""
