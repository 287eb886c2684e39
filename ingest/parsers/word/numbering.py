"""The numbers and bullets that Word shows before paragraphs, which its files do not spell out.

Follows ECMA-376 part 1, 17.9: a paragraph names a list and a level; the list's definition says
how the counters of that level and those above it are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_PLACE = re.compile(r"%(\d)")
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_CHINESE = "〇一二三四五六七八九"
_CHINESE_FORMATS = {
    "chineseCounting",
    "chineseCountingThousand",
    "taiwaneseCounting",
    "taiwaneseCountingThousand",
    "japaneseCounting",
    "ideographTraditional",
}


@dataclass(frozen=True, slots=True)
class Level:
    """How one level of a list counts; `text` has %1 … %9 for the counters of the levels."""

    style: str = "bullet"
    text: str = ""
    start: int = 1


@dataclass(slots=True)
class Numbering:
    """The lists of a document and where their counters stand; paragraphs come in order."""

    levels: dict[str, dict[int, Level]] = field(default_factory=dict)
    shared: dict[str, str] = field(default_factory=dict)
    """Lists that go on counting where another list of the same definition stopped."""
    _counters: dict[str, list[int]] = field(default_factory=dict)

    def label(self, number_id: str, level: int) -> str:
        """What stands before the next paragraph of this list: "2.1", "(a)", "-" for a bullet."""
        levels = self.levels.get(number_id, {})
        own = levels.get(level, Level())
        if own.style in ("bullet", "none") or not own.text:
            return "" if own.style == "none" else "-"
        counters = self._counters.setdefault(self.shared.get(number_id, number_id), [])
        while len(counters) <= level:
            counters.append(levels.get(len(counters), Level()).start - 1)
        del counters[level + 1 :]
        counters[level] += 1

        def counter(match: re.Match[str]) -> str:
            place = int(match[1]) - 1
            if not 0 <= place < len(counters):
                return ""
            at = levels.get(place, Level())
            return _written(max(counters[place], at.start), at.style)

        return _PLACE.sub(counter, own.text).strip()


def read_numbering(root: Element | None, word: str) -> Numbering:
    """The lists that numbering.xml defines; `word` is the document's main namespace."""
    if root is None:
        return Numbering()
    w = f"{{{word}}}"
    abstract = {
        definition.get(f"{w}abstractNumId", ""): _levels(definition.iterchildren(f"{w}lvl"), w)
        for definition in root.iterchildren(f"{w}abstractNum")
    }
    numbering = Numbering()
    for number in root.iterchildren(f"{w}num"):
        number_id = number.get(f"{w}numId", "")
        link = number.find(f"{w}abstractNumId")
        definition_id = link.get(f"{w}val", "") if link is not None else ""
        levels = dict(abstract.get(definition_id, {}))
        if number.find(f"{w}lvlOverride/{w}startOverride") is None:
            numbering.shared[number_id] = f"definition {definition_id}"
        for override in number.iterchildren(f"{w}lvlOverride"):
            place = _integer(override.get(f"{w}ilvl"), 0)
            levels.update(_levels(override.iterchildren(f"{w}lvl"), w))
            start = override.find(f"{w}startOverride")
            if start is not None and place in levels:
                known = levels[place]
                begin = _integer(start.get(f"{w}val"), known.start)
                levels[place] = Level(known.style, known.text, begin)
        numbering.levels[number_id] = levels
    return numbering


def _levels(elements: Iterable[Element], w: str) -> dict[int, Level]:
    levels: dict[int, Level] = {}
    for element in elements:
        said = {child.tag: child.get(f"{w}val", "") for child in element if child.get(f"{w}val")}
        levels[_integer(element.get(f"{w}ilvl"), 0)] = Level(
            style=said.get(f"{w}numFmt", "decimal"),
            text=said.get(f"{w}lvlText", ""),
            start=_integer(said.get(f"{w}start"), 1),
        )
    return levels


def _integer(value: str | None, default: int) -> int:
    try:
        return int(value) if value else default
    except ValueError:
        return default


def _written(number: int, style: str) -> str:
    if style in ("lowerLetter", "upperLetter"):
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter.upper() if style == "upperLetter" else letter
    if style in ("lowerRoman", "upperRoman"):
        roman = _roman(number)
        return roman.upper() if style == "upperRoman" else roman
    if style in _CHINESE_FORMATS:
        return _chinese(number)
    if style == "decimalZero":
        return f"{number:02}"
    return str(number)


def _roman(number: int) -> str:
    parts = []
    for value, letters in _ROMAN:
        count, number = divmod(min(number, 4999), value)
        parts.append(letters * count)
    return "".join(parts)


def _chinese(number: int) -> str:
    """Counting numbers below 10,000: 十, 十二, 二十, 一百零五."""
    if not 0 < number < 10_000:
        return str(number)
    digits = [int(digit) for digit in f"{number:04}"]
    parts = [
        _CHINESE[digit] + unit if digit else "零"
        for digit, unit in zip(digits, ("千", "百", "十", ""), strict=True)
    ]
    text = "".join(
        part
        for part, before in zip(parts, ["零", *parts], strict=False)
        if not part == before == "零"
    ).strip("零")
    return text[1:] if 10 <= number < 20 else text
