"""The assistant as the edges use it."""
