"""The language of a text, by its script: enough to choose an analyser and a normalisation."""

from __future__ import annotations

import re

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_KANA_HANGUL = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")
_LATIN = re.compile(r"[A-Za-z]+")
_LETTERS = re.compile(r"[^\W\d_]")

HAN_SHARE_OF_CHINESE = 0.15
"""A text is Chinese if at least this share of its words is Han; product names stay Latin."""


def language_of(text: str) -> str:
    """ "zh", "en" (Latin script) or "other"; a text without letters is "other".

    One Han character weighs as one word, as does one run of Latin letters. Japanese and Korean
    (kana, hangul) are "other".
    """
    han = len(_HAN.findall(text))
    if han and len(_KANA_HANGUL.findall(text)) > 0.1 * han:
        return "other"
    latin = len(_LATIN.findall(text))
    if han and han >= HAN_SHARE_OF_CHINESE * (han + latin):
        return "zh"
    if latin:
        letters = len(_LETTERS.findall(text))
        latin_letters = sum(map(len, _LATIN.findall(text)))
        return "en" if latin_letters >= 0.5 * letters else "other"
    return "other"
