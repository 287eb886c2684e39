"""Ids of documents and of everything else that is named: opaque, never given out twice."""

from __future__ import annotations

import secrets


def new_id(prefix: str) -> str:
    """A fresh opaque id such as `doc_k3…`: 96 random bits, nothing of the content in it."""
    return f"{prefix}_{secrets.token_hex(12)}"
