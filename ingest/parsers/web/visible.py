"""What a reader of a web page sees of it: hidden elements and page furniture are removed.

Hidden text is not only noise. Instructions that no reader sees, but a language model would, are
an attack on an assistant that quotes documents; so what is hidden goes first, and nothing brings
it back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from lxml.html import HtmlElement

from ingest.parsers.web.css import (
    WHITE,
    Style,
    read_colour,
    read_rules,
    read_style,
    same_colour,
    style_hides,
)


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_UNSEEN_TAGS = _names(
    "script style noscript template svg iframe object embed canvas video audio map select input "
    "textarea option datalist progress meter annotation annotation-xml rt rp head link meta "
    "del s strike"
)
"""Never text of the page; struck-through text is withdrawn and must not be quoted as valid."""

_UNSEEN_CLASSES = _names(
    "sr-only visually-hidden visuallyhidden screen-reader-text hidden d-none is-hidden invisible"
)
_SEEN_ON_WIDE_SCREENS = re.compile(r"(?:sm|md|lg|x+l|\dxl)[:-](?:block|flex|grid|inline|table)")
_BRACED = r"\{[^<>{}]*(?:\{[^<>{}]*\}[^<>{}]*)?\}"
_TAG = re.compile(
    rf"<(/?)([a-zA-Z][\w.-]*)((?:\s+(?:[^<>\"'{{}}]|\"[^\"]*\"|'[^']*'|{_BRACED})*|/)?)>"
)
_ATTRIBUTE = re.compile(
    rf"""([\w:-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|({_BRACED})|([^\s"'{{}}>/]+)))?"""
)
_COMMENT = re.compile(r"<!--.*?-->", re.S)
_CAMEL = re.compile(r"(?<=[a-z])([A-Z])")
_MAY_HIDE = re.compile(
    r"hidden|style|class|<(?:script|del|s|strike|template|svg|textarea|select)\b", re.I
)
_VOID_TAGS = _names("area base br col embed hr img input link meta source track wbr")


def drop_hidden(root: HtmlElement) -> None:
    """Remove from `root` what its page does not show, by tag, attribute and style."""
    rules: dict[str, Style] = {}
    for sheet in root.iter("style"):
        for name, style in read_rules(sheet.text or "").items():
            rules.setdefault(name, {}).update(style)
    for element in list(root.iter()):
        if not isinstance(element.tag, str):
            if element.getparent() is not None:
                element.drop_tree()
            continue
        if element is root or element.tag == "body":
            continue
        if (
            element.tag in _UNSEEN_TAGS
            or attributes_hide(element.attrib)
            or (_may_have_style(element, rules) and _style_hides_element(element, rules))
        ):
            element.drop_tree()


def attributes_hide(attributes: Mapping[str, str]) -> bool:
    """Whether an element with these attributes is hidden, its inline style included."""
    if not attributes:
        return False
    if "hidden" in attributes or attributes.get("aria-hidden", "").strip().lower() == "true":
        return True
    classes = attributes.get("class")
    if (
        classes
        and not _UNSEEN_CLASSES.isdisjoint(classes.lower().split())
        and not _SEEN_ON_WIDE_SCREENS.search(classes)
    ):
        return True
    style = attributes.get("style")
    return style is not None and style_hides(read_style(style))


class HiddenRegions:
    """Follows hidden elements through HTML that comes in pieces with other text between them.

    Markdown closes a piece of HTML at an empty line, so that an element may open in one piece
    and close in a later one; `inside` says whether the text between them is hidden.
    """

    def __init__(self) -> None:
        self._tag = ""
        self._depth = 0

    @property
    def inside(self) -> bool:
        """Whether an element that hides its text is open."""
        return self._depth > 0

    def visible(self, markup: str) -> str:
        """`markup` without the parts that lie in hidden elements."""
        if not self._depth and not _MAY_HIDE.search(markup):
            return markup
        markup = _COMMENT.sub("", markup)
        kept: list[str] = []
        position = 0
        for match in _TAG.finditer(markup):
            tag = match[2].lower()
            if self._depth:
                if tag == self._tag and not match[3].endswith("/"):
                    self._depth += -1 if match[1] else 1
                    if not self._depth:
                        position = match.end()
            elif (
                not match[1]
                and tag not in _VOID_TAGS
                and not match[3].endswith("/")
                and (tag in _UNSEEN_TAGS or attributes_hide(_attributes(match[3])))
            ):
                kept.append(markup[position : match.start()])
                self._tag, self._depth = tag, 1
        if self._tag in ("p", "li"):  # the next block closes these, whatever the author meant
            self._depth = 0
        elif not self._depth:
            kept.append(markup[position:])
        return "".join(kept)


def _attributes(source: str) -> dict[str, str]:
    """Attributes of a tag; what JSX has in braces reads like a plain style."""
    found = {}
    for name, *values in _ATTRIBUTE.findall(source):
        value = "".join(values)
        if value.startswith("{"):
            value = _CAMEL.sub(r"-\1", value.strip("{} ").replace(",", ";"))
            value = value.replace("'", "").replace('"', "")
        if value != "false":
            found[name.lower()] = value
    return found


def _may_have_style(element: HtmlElement, rules: dict[str, Style]) -> bool:
    attributes = element.attrib
    return "style" in attributes or "color" in attributes or bool(rules)


def _style_hides_element(element: HtmlElement, rules: dict[str, Style]) -> bool:
    style = _style_of(element, rules)
    return bool(style) and (style_hides(style) or _is_camouflaged(element, style, rules))


def _style_of(element: HtmlElement, rules: dict[str, Style]) -> Style:
    style: Style = {}
    if rules:
        for name in element.get("class", "").split():
            style.update(rules.get(f".{name}", {}))
        style.update(rules.get(f"#{element.get('id', '')}", {}))
    if "color" in element.attrib:
        style["color"] = element.get("color", "").lower()
    if "bgcolor" in element.attrib:
        style["background-color"] = element.get("bgcolor", "").lower()
    inline = element.get("style")
    if inline:
        style.update(read_style(inline))
    return style


def _is_camouflaged(element: HtmlElement, style: Style, rules: dict[str, Style]) -> bool:
    """Whether the text has the colour of what it stands on; a page is white by default."""
    colour = read_colour(style.get("color"))
    if colour is None:
        return False
    ground = WHITE
    holder: HtmlElement | None = element
    while holder is not None:
        found = _style_of(holder, rules)
        value = found.get("background-color") or found.get("background") or ""
        if value and value not in ("transparent", "none", "inherit", "initial"):
            known = read_colour(value.split()[0] if not value.startswith("rgb") else value)
            if known is None:
                return False  # a picture or a colour not known here
            ground = known
            break
        if "background-image" in found or holder.get("background"):
            return False
        holder = holder.getparent()
    return same_colour(colour, ground)
