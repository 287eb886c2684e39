"""The notations that figures are written in, each with what it says: dates, times, numbers, words.

In English and Chinese. A reader gives the figures of a match in the notation of `figures`; with
`strict` only what is surely one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
_MONTH = (
    r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_ENGLISH = {
    word: number
    for number, word in enumerate(
        [
            "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
            "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
            "eighteen", "nineteen",
        ]
    )
} | {
    word: 10 * number
    for number, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred"], 2
    )
} | {"thousand": 1000}  # fmt: skip
_WORD = "(?:" + "|".join(sorted(_ENGLISH, key=len, reverse=True)) + ")"
_CHINESE = {sign: number for number, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_CHINESE_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_HAN = "[零〇一二两三四五六七八九十百千万亿]"
_COUNTED = "天日年个周岁元块次条项倍份期号页章级层折种台件季人名小分"
"""Signs behind a Chinese numeral that show that something is counted: 三天, 五次."""
_POWERS = {
    "thousand": 3, "k": 3, "million": 6, "mn": 6, "billion": 9, "bn": 9,
    "千": 3, "万": 4, "百万": 6, "千万": 7, "亿": 8,
}  # fmt: skip
_SHARE = r"(?:\s?(?P<share>%|percent\b|per cent\b|个百分点))?"

Reader = Callable[[re.Match[str], bool], set[str]]
"""`read(match, strict)`: the figures of a match."""


def _iso(match: re.Match[str], strict: bool) -> set[str]:
    if not 1 <= int(match["m"]) <= 12:
        return set()
    figures = {match["y"], f"m:{int(match['m'])}"}
    return figures | {str(int(match["d"]))} if match["d"] else figures


def _day_month_year(match: re.Match[str], strict: bool) -> set[str]:
    """01/03/2026 is the 1st of March or the 3rd of January."""
    first, second = int(match["a"]), int(match["b"])
    if strict:
        return {match["y"], f"dm:{first}", f"dm:{second}"}
    months = {f"m:{one}" for one in (first, second) if one <= 12}
    return {match["y"], str(first), str(second)} | months


def _clock(match: re.Match[str], strict: bool) -> set[str]:
    hour, minute = int(match["h"]), int(match["min"] or 0)
    half = (match["half"] or "").lower()
    if hour > 24 or minute > 59:
        return set()
    if half and half[0] in "p下晚" and hour < 12:
        hour += 12
    elif half and half[0] == "a" and hour == 12:
        hour = 0
    figures = {f"t:{hour}:{minute:02}"}
    if not strict and not half and hour <= 12:
        figures.add(f"t:{hour + 12}:{minute:02}")
    return figures


def _month(match: re.Match[str], strict: bool) -> set[str]:
    """A month's name is one only beside a day or a year, or behind "in", "until", …"""
    figures = {f"m:{_MONTHS[match['month'][:3].lower()]}"}
    day = match["before"] or match["after"]
    return figures | {str(int(day))} if day else figures


def _chinese_month(match: re.Match[str], strict: bool) -> set[str]:
    number = _chinese(match["n"]) if not match["n"].isdigit() else int(match["n"])
    return {f"m:{number}"} if number and 1 <= number <= 12 else set()


def _chinese_share(match: re.Match[str], strict: bool) -> set[str]:
    number = match["n"]
    value = _chinese(number) if not number[0].isdigit() else Decimal(number)
    return set() if value is None else {f"{_plain(Decimal(value))}%"}


def _version(match: re.Match[str], strict: bool) -> set[str]:
    return {match[0]}


def _number(match: re.Match[str], strict: bool) -> set[str]:
    value = Decimal(match["n"])
    scale = match["scale"]
    scaled = value.scaleb(_POWERS[scale.lower()]) if scale else value
    share = "%" if match["share"] else ""
    figures = {f"{_plain(scaled)}{share}"}
    return figures if strict or not scale else figures | {_plain(value)}


def _english(match: re.Match[str], strict: bool) -> set[str]:
    total = current = 0
    for word in re.findall(r"[a-z]+", match["words"].lower()):
        number = _ENGLISH.get(word)
        if number is None:
            continue
        if number in (100, 1000):
            current = max(1, current) * number
            if number == 1000:
                total, current = total + current, 0
        else:
            current += number
    value = total + current
    if strict and value <= 1:
        return set()  # "one of the rules" counts nothing
    return {f"{value}{'%' if match['share'] else ''}"}


def _han(match: re.Match[str], strict: bool) -> set[str]:
    """一 alone is more often "a" than 1, and 十分, 千万, 万一 are no numbers."""
    value = _chinese(match["n"])
    if value is None:
        return set()
    if strict and (not match["counted"] or value <= 1 or match["counted"] == "分"):
        return set()
    return {str(value)}


def _chinese(numeral: str) -> int | None:
    """The value of a Chinese numeral, also digit by digit (二〇二六); None if it is none."""
    if not any(sign in _CHINESE_UNITS for sign in numeral):
        return int("".join(str(_CHINESE[sign]) for sign in numeral))
    total = section = digit = 0
    for sign in numeral:
        if sign in _CHINESE:
            digit = _CHINESE[sign]
            continue
        unit = _CHINESE_UNITS[sign]
        if unit >= 10_000:
            if not section + digit:
                return None
            total, section, digit = (total + section + digit) * unit, 0, 0
        else:
            if not digit and unit > 10:
                return None
            section, digit = section + (digit or 1) * unit, 0
    return total + section + digit


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.lstrip("0") or "0" if not text.startswith("0.") else text


READERS: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (
        re.compile(
            r"(?<![\d.])(?P<y>\d{4})[-/.](?P<m>\d{1,2})(?:[-/.](?P<d>\d{1,2}))?(?![-/.]?\d)"
        ),
        _iso,
    ),
    (
        re.compile(r"(?<![\d.])(?P<a>\d{1,2})[/.](?P<b>\d{1,2})[/.](?P<y>\d{4})(?!\d)"),
        _day_month_year,
    ),
    (
        re.compile(
            r"(?<![\d:])(?P<h>\d{1,2}):(?P<min>\d{2})(?![\d:])(?:\s?(?P<half>[ap])\.?m\b)?", re.I
        ),
        _clock,
    ),
    (re.compile(r"(?<![\d.:])(?P<h>\d{1,2})(?P<min>)\s?(?P<half>[ap])\.?m\b", re.I), _clock),
    (
        re.compile(
            r"(?P<half>[上下]午|晚上|早上|中午)?\s*(?<![\d.])(?P<h>\d{1,2})[点时](?:(?P<min>\d{1,2})分)?"
        ),
        _clock,
    ),
    (
        re.compile(rf"\b(?P<before>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?P<after>)"),
        _month,
    ),
    (
        re.compile(rf"(?P<before>)\b{_MONTH}\s+(?P<after>\d{{1,2}})(?:st|nd|rd|th)?(?![\d%])"),
        _month,
    ),
    (re.compile(rf"(?P<before>)\b{_MONTH}(?=,?\s+\d{{4}}\b)(?P<after>)"), _month),
    (
        re.compile(
            r"(?P<before>)(?:(?<=\bin )|(?<=\bof )|(?<=\buntil )|(?<=\btill )|(?<=\bby )|(?<=\bto )"
            r"|(?<=\bsince )|(?<=\bfrom )|(?<=\bbefore )|(?<=\bafter )|(?<=\bevery )|(?<=\beach ))"
            rf"{_MONTH}(?P<after>)"
        ),
        _month,
    ),
    (re.compile(rf"(?P<n>(?<!\d)\d{{1,2}}|{_HAN}{{1,2}})月"), _chinese_month),
    (re.compile(rf"百分之(?P<n>{_HAN}+|\d+(?:\.\d+)?)"), _chinese_share),
    (re.compile(r"(?<![\w.])\d+(?:\.\d+){2,}(?![\d])"), _version),
    (
        re.compile(
            r"(?<![A-Za-z_\d.])(?<![A-Za-z][-/])(?P<n>\d+(?:\.\d+)?)"
            r"(?:\s?(?P<scale>[百千]万|[千万亿]|(?:thousand|million|billion|mn|bn|k)\b))?" + _SHARE,
            re.IGNORECASE,
        ),
        _number,
    ),
    (
        re.compile(
            rf"(?<![A-Za-z-])(?P<words>{_WORD}(?:(?:-|\s(?:and\s)?){_WORD})*)(?![A-Za-z])" + _SHARE,
            re.IGNORECASE,
        ),
        _english,
    ),
    (re.compile(rf"(?P<n>{_HAN}+)(?:(?=(?P<counted>[{_COUNTED}])))?"), _han),
)
"""In this order: what stands further up would be misread by what stands below."""
