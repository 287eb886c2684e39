"""Traditional Chinese characters as simplified ones, so that both are the same word."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

# The table is built with the model's data, from the same dictionary, and ships beside it.
_TABLE = Path(__file__).parents[1] / "models" / "data" / "simplified.txt"


@cache
def _simplified() -> dict[int, str]:
    pairs = _TABLE.read_text(encoding="utf-8").split()
    return {ord(pair[0]): pair[1] for pair in pairs}


@cache
def _traditional() -> re.Pattern[str]:
    return re.compile(f"[{''.join(map(chr, _simplified()))}]")


def simplify(text: str) -> str:
    """`text` with each traditional Chinese character replaced by its simplified form.

    One character becomes one character, so offsets into the result are offsets into `text`.
    """
    if text.isascii() or not _traditional().search(text):  # ten times faster than translating
        return text
    return text.translate(_simplified())
