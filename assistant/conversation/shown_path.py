"""Percent-encoded paths as people write them, to be shown and never to be followed."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote_to_bytes

_ENCODED = re.compile("(?:%[0-9A-Fa-f]{2})+")
_UNSHOWN = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def shown_path(uri: str) -> str:
    """The path decoded for the eye.

    What is no UTF-8, or would become a control, a line break or a change of direction, stays
    encoded: it could make a path look like another one.
    """
    return _ENCODED.sub(_decoded, uri)


def _decoded(found: re.Match[str]) -> str:
    try:
        plain = unquote_to_bytes(found[0]).decode()
    except UnicodeDecodeError:
        return found[0]
    misleading = any(
        one in _UNSHOWN or unicodedata.category(one) in ("Cc", "Zl", "Zp") for one in plain
    )
    return found[0] if misleading else plain
