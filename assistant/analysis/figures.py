"""Numbers, dates and times of a text, in one notation for English and Chinese.

Numbers are decimal strings ("25", "1000", "0.5"), shares end in "%", months are "m:3", times
"t:17:00", spans of time "u:25 day" besides their number. The readings are deliberately uneven: of
a statement only what is surely a figure is demanded, of a source every reading is offered, so
that doubt about notation never makes a good citation bad, while a wrong figure is caught.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

from assistant.analysis.figure_readers import READERS, Reader

_UNIT = re.compile(
    r"\s?-?(?:(?:full|whole|working|business|calendar|paid|consecutive|个|工作)[\s-]?)*"
    r"(?:(?P<minute>min(?:ute)?s?\b|分钟)|(?P<hour>h(?:ou)?rs?\b|小时)|(?P<day>days?\b|[天日])"
    r"|(?P<week>weeks?\b|周|星期)|(?P<month>months?\b|月)|(?P<year>years?\b|年))",
    re.IGNORECASE,
)
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:[,\u00a0\u2009\u202f]\d{3})+(?![\d,])")


def demanded(text: str) -> frozenset[str]:
    """The figures that a source of `text` must hold."""
    return frozenset(_read(text, strict=True)[0])


def offered(text: str) -> frozenset[str]:
    """The figures that `text` holds, in every reading."""
    return frozenset(_read(text, strict=False)[0])


def without_figures(text: str) -> str:
    """`text` without what `demanded` reads in it: its words."""
    return _read(text, strict=True)[1]


def missing(wanted: Iterable[str], held: frozenset[str], text: str) -> frozenset[str]:
    """What of `wanted` is not among the `held` figures of the source `text`.

    A share is also held by its bare number where the source speaks of percent elsewhere, as
    the header of a column does.
    """
    percent = bool(re.search(r"[%％]|percent|per cent|百分", text, re.IGNORECASE))
    return frozenset(
        one
        for one in wanted
        if one not in held
        and (not one.startswith("u:") or _otherwise_counted(one, held))
        and not (percent and one.endswith("%") and one[:-1] in held)
        and not (one.startswith("dm:") and {one[3:], f"m:{one[3:]}"} & held)
    )


def _otherwise_counted(one: str, held: frozenset[str]) -> bool:
    """Whether the source counts the same number in another unit: weeks for days."""
    return any(other.startswith(one.split(" ")[0] + " ") for other in held)


def _read(text: str, *, strict: bool) -> tuple[set[str], str]:
    """Each reader takes what it knows out of the text, so that the next does not see it."""
    text = _THOUSANDS.sub(lambda match: re.sub(r"\D", "", match[0]), text)
    text = unicodedata.normalize("NFKC", text)
    found: set[str] = set()

    def taking(read: Reader) -> Callable[[re.Match[str]], str]:
        def take(match: re.Match[str]) -> str:
            figures = read(match, strict)
            unit = _UNIT.match(match.string, match.end())
            if unit and unit.lastgroup:
                found.update(f"u:{one} {unit.lastgroup}" for one in figures if one[0].isdigit())
            found.update(figures)
            return " " if figures else match[0]

        return take

    for pattern, read in READERS:
        text = pattern.sub(taking(read), text)
    return found, text
