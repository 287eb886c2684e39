"""Characters and lines set right: what every parser does to text before it becomes canonical.

Pure functions. Nothing here changes what a text says: NFC is used and not NFKC, because NFKC
would turn "x²" into "x2" and full-width Chinese punctuation into ASCII.
"""

from __future__ import annotations

import re
import unicodedata

_CODE_POINTS_OF_NO_TEXT = (
    r"\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # control characters but tab and line ends
    r"\xad"  # soft hyphen
    r"\u034f\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\ud800-\udfff"  # lone surrogates: no encoding can hold them
    r"\ufdd0-\ufdef\ufffe\uffff"
)


_SPACES = r"\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"


_LIGATURES = {
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
    "\ufb05": "st",
    "\ufb06": "st",
}


# Bullets of the Symbol and Wingdings fonts, which office files leave in the private use area.
_BULLETS = dict(zip("\uf0b7\uf0a7\uf0d8\uf0fc\uf06c\uf06e", "•▪➢✓●■", strict=True))


# PDF writers name Chinese glyphs by their radical, which looks the same and is never searched.
_RADICALS = dict(
    zip(
        "⺟⻁⻄⻅⻆⻉⻋⻓⻔⻘⻚⻛⻜⻝⻢⻣⻤⻥⻦⻨⻩⻬⻮⻰⻳",
        "母虎西见角贝车长门青页风飞食马骨鬼鱼鸟麦黄齐齿龙龟",
        strict=True,
    )
)


_ODD = re.compile(
    rf"\r\n?|[\x0b\x0c\x85\u2028\u2029]|[{_SPACES}]|[\ufb00-\ufb06]|[\u2f00-\u2fd5]"
    rf"|[{''.join(_RADICALS)}]|[{''.join(_BULLETS)}]"
    # The two joiners shape letters of some scripts and emoji; elsewhere they are invisible.
    r"|(?<![\u0600-\u1fff\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])[\u200c\u200d]+"
    rf"|[{_CODE_POINTS_OF_NO_TEXT}]"
)


_ODD_ASCII = re.compile(r"\r\n?|[\x0b\x0c]|[\x00-\x08\x0e-\x1f\x7f]")


def mend(text: str) -> str:
    """`text` in NFC without invisible characters; lines end in "\\n", odd spaces are spaces.

    Ligatures (ﬁ) become letters, soft hyphens, zero-width and control characters and lone
    surrogates go, non-breaking and other wide spaces become spaces (tabs stay). A second call
    changes nothing.
    """
    if text.isascii():
        return _ODD_ASCII.sub(_replacement, text)
    return unicodedata.normalize("NFC", _ODD.sub(_replacement, text))


def _replacement(match: re.Match[str]) -> str:
    char = match[0][0]
    if char in "\r\x0b\x0c\x85\u2028\u2029":
        return "\n"
    if char in _LIGATURES:
        return _LIGATURES[char]
    if char in _BULLETS:
        return _BULLETS[char]
    if "\u2f00" <= char <= "\u2fd5":
        return unicodedata.normalize("NFKC", char)
    if char in _RADICALS:
        return _RADICALS[char]
    return " " if unicodedata.category(char) == "Zs" else ""
