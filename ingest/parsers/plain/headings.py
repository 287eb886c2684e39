"""Headings that show as such by their words alone, in formats that know no styles."""

from __future__ import annotations

import re

_LONGEST = 80
_LONGEST_CHINESE = 40
_NUMERAL = r"[零〇一二三四五六七八九十百千\d]{1,6}"
_CHINESE = (
    (re.compile(rf"第\s*{_NUMERAL}\s*[编編篇部卷](?![分门份门門位])"), 1),
    (re.compile(rf"第\s*{_NUMERAL}\s*章"), 2),
    (re.compile(rf"第\s*{_NUMERAL}\s*[节節]"), 3),
    (re.compile(r"附\s*[则則录錄件](?![的中见見所])"), 2),
    (re.compile(r"[一二三四五六七八九十]{1,3}、\s*(?=\S)"), 4),
    (re.compile(r"[（(][一二三四五六七八九十]{1,3}[）)]\s*(?=\S)"), 5),
)
_NAMED = re.compile(
    r"(?P<part>part)|(?P<chapter>chapter|article|appendix|annex|schedule|exhibit)|section", re.I
)
_NAMED_NUMBER = re.compile(r"\s+(?:\d{1,3}(?:\.\d{1,3}){0,3}|[IVXLC]{1,7}|[A-Z])(?:[.:)—–-]|\s|\Z)")
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,3}){0,4})\.?[)\s]\s*(?=[^\W\d_])")
_SENTENCE_END = re.compile(r"[.;,!。；，！、…]['\"”’）)]?\Z")
_CHINESE_SENTENCE = re.compile(r"[。；，！]")
_WORD = re.compile(r"[^\W\d_]{2,}")


def heading_level(line: str) -> int | None:
    """The level of `line` as a heading (1 = outermost), None if its words do not say so.

    Known are 第一章 and its kin, 一、 and （一）, "Chapter 3", "Part II", "Appendix A", numbers in
    two parts or more ("2.1 Scope") or one ("2. Scope"), and lines in capitals. Sentences are
    none. Levels are an order, not a count: some may be missing between two.
    """
    line = line.strip()
    if not line or len(line) > _LONGEST:
        return None
    for pattern, level in _CHINESE:
        if pattern.match(line):
            sentence = len(line) > _LONGEST_CHINESE or _CHINESE_SENTENCE.search(line)
            return None if sentence else level
    if _SENTENCE_END.search(line):
        return None
    named = _NAMED.match(line)
    if named and _NAMED_NUMBER.match(line, named.end()):
        return 1 if named["part"] else 2 if named["chapter"] else 3
    numbered = _NUMBERED.match(line)
    if numbered:
        return _level_of_number(line, numbered[1])
    return 2 if _is_capitals(line) else None


def _level_of_number(line: str, number: str) -> int | None:
    title = line[len(number) :].strip(" .)")
    short = len(title.split()) <= 10 and len(title) <= 60
    return 2 + number.count(".") if short and not title[0].islower() else None


def _is_capitals(line: str) -> bool:
    words = _WORD.findall(line)
    letters = sum(map(len, words))
    return bool(words) and line.isupper() and letters >= 4 and letters >= 0.6 * len(line)
