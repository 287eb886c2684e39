"""Numbers and dates of a sheet as the sheet shows them.

Follows the common part of ECMA-376 part 1, 18.8.31 (number formats): digits, thousands,
percentages, currencies and other literals. What is beyond that (scaled, scientific, fractions)
is shown as the plain number.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache

_LITERAL = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)(?:-[^\]]*)?\]|\[[^\]]*\]|_.|\*.')
_DIGITS = re.compile(r"[#0?][#0?,]*(?:\.[#0?]+)?")
_OPEN, _SHUT = "\ue000", "\ue001"
_HELD = re.compile(f"{_OPEN}([^{_SHUT}]*){_SHUT}")


def show_number(value: int | float, number_format: str) -> str:
    """`value` as a cell with `number_format` shows it; a negative number has a minus sign."""
    known = _pattern(number_format)
    if known is None or value != value or value in (float("inf"), float("-inf")):
        return _general(value)
    prefix, decimals, zeros, thousands, percent, suffix = known
    digits = f"{abs(value) * (100 if percent else 1):{',' if thousands else ''}.{decimals}f}"
    if zeros > 1 and not thousands:
        digits = digits.zfill(zeros + decimals + (1 if decimals else 0))
    negative = value < 0 and any(digit in digits for digit in "123456789")
    return f"{'-' if negative else ''}{prefix}{digits}{suffix}"


def show_moment(value: datetime | date | time | timedelta) -> str:
    """A date in ISO form, with the time of day where there is one; a duration as h:mm."""
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}" + (f":{seconds:02}" if seconds else "")
    if isinstance(value, datetime):
        value = (value + timedelta(microseconds=500_000)).replace(microsecond=0)
        if value.time() == time():
            return value.date().isoformat()
        return value.isoformat(sep=" ", timespec="seconds" if value.second else "minutes")
    if isinstance(value, time):
        return value.isoformat(timespec="seconds" if value.second else "minutes")
    return value.isoformat()


def _general(value: int | float) -> str:
    if isinstance(value, int):
        return str(value)
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.15g}"


@lru_cache(maxsize=1024)
def _pattern(number_format: str) -> tuple[str, int, int, bool, bool, str] | None:
    """Prefix, decimals, least whole digits, whether thousands are parted, percentage, suffix."""
    section = number_format.split(";")[0]
    if section.lower() in ("general", "@", ""):
        return None
    section = _LITERAL.sub(
        lambda match: f"{_OPEN}{match[1] or match[2] or match[3] or ''}{_SHUT}", section
    )
    digits = _DIGITS.search(_HELD.sub(lambda match: " " * len(match[0]), section))
    if digits is None or digits[0].endswith(","):
        return None
    prefix, suffix = section[: digits.start()], section[digits.end() :]
    bare = _HELD.sub("", prefix + suffix)
    if re.search(r"[#0?@,A-Za-z]", bare):
        return None
    whole, _, decimals = digits[0].partition(".")
    if "#" in decimals or "?" in decimals:
        return None
    return (
        _HELD.sub(r"\1", prefix).replace("(", "").strip(" "),
        len(decimals),
        whole.count("0"),
        "," in whole,
        "%" in bare,
        _HELD.sub(r"\1", suffix).replace(")", "").rstrip(" "),
    )
