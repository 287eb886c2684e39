"""Globs over POSIX paths, for include and exclude lists and for access rules."""

from __future__ import annotations

import re
from functools import lru_cache


def matches(path: str, pattern: str) -> bool:
    """Whether a POSIX path matches a glob: `*` and `?` inside one folder, `**` across folders.

    `hr/**` matches everything below hr, `**/*.pdf` every PDF at any depth, `**` everything.
    A pattern that ends in `/` means everything below that folder. Case counts.
    """
    return _compiled(pattern).fullmatch(path) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    pattern = pattern.removeprefix("./").removeprefix("/")
    if pattern.endswith("/"):
        pattern += "**"
    out: list[str] = []
    position = 0
    while position < len(pattern):
        if pattern.startswith("**/", position):
            out.append("(?:[^/]+/)*")
            position += 3
        elif pattern.startswith("**", position):
            out.append(".*")
            position += 2
        else:
            character = pattern[position]
            out.append({"*": "[^/]*", "?": "[^/]"}.get(character, re.escape(character)))
            position += 1
    return re.compile("".join(out), re.DOTALL)
