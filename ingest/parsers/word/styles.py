"""What a Word paragraph is by its style: heading, list, quotation, code, hidden.

Follows ECMA-376 part 1, 17.7: a style takes from the style that it is based on whatever it does
not say itself. Built-in styles keep their English names in every language of Word; the names in
other languages here are those of documents that other programs translated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_HEADING = re.compile(
    r"(?:heading|überschrift|titre|título|titolo|kop|rubrik|overskrift|otsikko|nagłówek|"
    r"заголовок|标题|標題|見出し|제목)\s*([1-9])(?!\d)",
    re.I,
)
_TITLE = re.compile(r"(?:title|titel|titre|título|titolo|标题|標題|表題|제목)$", re.I)
_OFF = ("0", "false", "off", "none")
_DEEPEST_CHAIN = 12


@dataclass(frozen=True, slots=True)
class Style:
    """What a paragraph or run takes from its style.

    `outline` is the heading level from 1, 0 for text; `number_id` and `number_level` name a
    list, "" for none.
    """

    name: str = ""
    outline: int = 0
    number_id: str = ""
    number_level: int = 0
    hidden: bool = False
    shaded: bool = False


@dataclass(slots=True)
class Styles:
    """The styles of a document by their id."""

    w: str = ""
    default: str = ""
    _elements: dict[str, Element] = field(default_factory=dict)
    _known: dict[str, Style] = field(default_factory=dict)

    def style(self, style_id: str) -> Style:
        """The style of this id, all that it is based on included; an empty one if unknown."""
        known = self._known.get(style_id)
        if known is None:
            known = self._known[style_id] = self._resolved(style_id)
        return known

    def _resolved(self, style_id: str) -> Style:
        w = self.w
        name, outline, number_id, number_level = "", -1, "", -1
        hidden, shaded = False, False
        for depth in range(_DEEPEST_CHAIN):
            element = self._elements.get(style_id)
            if element is None:
                break
            own = value(element.find(f"{w}name"), w)
            name = name or own
            if outline < 0:
                outline = heading_level(element.find(f"{w}pPr"), w)
            if outline < 0:
                outline = _level_of_name(own, title=depth == 0)
            numbered = element.find(f"{w}pPr/{w}numPr")
            if numbered is not None:
                number_id = number_id or value(numbered.find(f"{w}numId"), w)
                if number_level < 0:
                    number_level = integer(value(numbered.find(f"{w}ilvl"), w), -1)
            run = element.find(f"{w}rPr")
            hidden = hidden or is_on(run, f"{w}vanish", w)
            shaded = shaded or element.find(f".//{w}shd") is not None
            style_id = value(element.find(f"{w}basedOn"), w)
        return Style(name, max(outline, 0), number_id, max(number_level, 0), hidden, shaded)


def read_styles(root: Element | None, word: str) -> Styles:
    """The styles that styles.xml defines; `word` is the document's main namespace."""
    styles = Styles(w=f"{{{word}}}")
    for element in root.iterchildren(f"{styles.w}style") if root is not None else ():
        style_id = element.get(f"{styles.w}styleId", "")
        styles._elements[style_id] = element
        is_default = element.get(f"{styles.w}default", "0") not in _OFF
        if is_default and element.get(f"{styles.w}type") == "paragraph":
            styles.default = style_id
    return styles


def heading_level(properties: Element | None, w: str) -> int:
    """The outline level that paragraph properties state: 1 to 9, 0 for text, -1 for nothing."""
    stated = value(properties.find(f"{w}outlineLvl"), w) if properties is not None else ""
    level = integer(stated, -1)
    if level < 0:
        return -1
    return level + 1 if level < 9 else 0


def value(element: Element | None, w: str) -> str:
    """The element's val attribute, "" without one."""
    return element.get(f"{w}val", "") if element is not None else ""


def is_on(properties: Element | None, tag: str, w: str) -> bool:
    """Whether an on/off property is on: it is, unless its val says otherwise."""
    found = properties.find(tag) if properties is not None else None
    return found is not None and found.get(f"{w}val", "1").lower() not in _OFF


def integer(text: str, default: int) -> int:
    """`text` as a whole number, `default` if it is none."""
    try:
        return int(text)
    except ValueError:
        return default


def _level_of_name(name: str, *, title: bool) -> int:
    match = _HEADING.match(name)
    if match:
        return int(match[1])
    return 1 if title and _TITLE.match(name) else -1
