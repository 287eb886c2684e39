"""Which part of a web page is its text, and which is furniture that every page carries."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

_FURNITURE_TAGS = frozenset({"nav", "aside", "footer", "header", "form", "button"})


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_FURNITURE_ROLES = _names(
    "navigation banner contentinfo search complementary dialog alertdialog menu menubar toolbar"
)
_NAMED_TAGS = _names("div section ul ol span p aside a table")
_COOKIE_NAMES = re.compile(
    r"(?:cookie|gdpr|consent)[-_]?(?:banner|bar|notice|consent|popup|modal|message|overlay|law|"
    r"alert|dialog|wrapper)|onetrust|cybot|cookieconsent",
    re.I,
)
_FURNITURE_NAMES = re.compile(
    r"(?:^|[\s_-])(?:breadcrumbs?|navbar|navbox|skip-?(?:link|to-content)|share|social|pagination|"
    r"pager|newsletter|advert(?:isement)?s?|edit-?section|toc|table-of-contents|hash-link|"
    r"headerlink|site-(?:header|footer|nav))(?:$|[\s_-])",
    re.I,
)
_ARTICLE_SHARE = 0.3


def article(body: HtmlElement) -> HtmlElement:
    """The element that holds the page's own text, with furniture around and in it removed.

    Furniture is navigation, headers, footers, asides, forms, cookie banners. Where removing it
    would leave next to nothing, it is the content, and stays.
    """
    total = _size(body)
    doomed: list[HtmlElement] = []
    lost = 0
    for element in _outermost_furniture(body, total):
        doomed.append(element)
        lost += _size(element)
    if total - lost >= min(200, 0.2 * total):
        for element in doomed:
            element.drop_tree()
    total = _size(body)
    candidates = body.xpath(".//main | .//*[@role='main']") or body.xpath(".//article")
    if len(candidates) == 1 and _size(candidates[0]) >= _ARTICLE_SHARE * total:
        found: HtmlElement = candidates[0]
        return found
    return body


def _outermost_furniture(body: HtmlElement, total: int) -> Iterator[HtmlElement]:
    waiting: list[tuple[HtmlElement, bool]] = [(child, False) for child in reversed(body)]
    while waiting:
        element, inside = waiting.pop()
        tag = element.tag
        if (_is_furniture(element, inside) or _picks_language(element)) and _expendable(
            element, total
        ):
            yield element
            continue
        inside = inside or tag in ("main", "article") or element.get("role") == "main"
        waiting.extend((child, inside) for child in reversed(element))


def _is_furniture(element: HtmlElement, inside_article: bool) -> bool:
    tag = element.tag
    if tag in _FURNITURE_TAGS:
        if tag == "button":
            return not _asks(element)
        return tag not in ("header", "footer") or not inside_article
    role = element.get("role")
    if role in _FURNITURE_ROLES:
        return True
    if tag not in _NAMED_TAGS:
        return False
    classes, name = element.get("class", ""), element.get("id", "")
    if not classes and not name:
        return False
    if _COOKIE_NAMES.search(f"{classes} {name}"):
        return True
    return bool(classes) and _FURNITURE_NAMES.search(classes) is not None


def _picks_language(element: HtmlElement) -> bool:
    return element.tag == "ul" and len(element.findall("li/a[@hreflang]")) > 2


def _asks(button: HtmlElement) -> bool:
    """Whether a button is the heading of a folded section, as in lists of questions."""
    parent = button.getparent()
    if parent is not None and parent.tag in ("h1", "h2", "h3", "h4", "h5", "h6", "dt", "summary"):
        return True
    if button.get("aria-expanded") is not None or button.get("aria-controls") is not None:
        return _size(button) > 8
    text: str = button.text_content()
    return text.strip().endswith(("?", "？"))


def _expendable(element: HtmlElement, total: int) -> bool:
    if element.tag in ("nav", "footer"):
        return True
    if element.find(".//main") is not None or element.find(".//article") is not None:
        return False
    if element.tag == "header" and element.find(".//h1") is not None:
        return False
    return _size(element) < 0.4 * total


def _size(element: HtmlElement) -> int:
    return sum(len(text) - text.count(" ") - text.count("\n") for text in element.itertext())
