"""Running text as a page shows it: where the source breaks a line means nothing."""

from __future__ import annotations

import re

_WIDE = "\u2e80-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uff60"
_BREAK_IN_CHINESE = re.compile(rf"(?<=[{_WIDE}])[ \t]*\r?\n[ \t]*(?=[{_WIDE}])")

BREAK = "\0"
"""Stands for a line break that is meant, such as <br>, in text that is still to flow."""

_MEANT_BREAK = re.compile(rf" ?(?:{BREAK} ?)+")


def flow(text: str) -> str:
    """`text` with white space collapsed; lines of Chinese join without a space between them."""
    if "\n" in text:
        text = _BREAK_IN_CHINESE.sub("", text)
    text = " ".join(text.split())
    return _MEANT_BREAK.sub("\n", text).strip() if BREAK in text else text
