"""Finding one's way in a Word document's XML: through wrappers, past what is there twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

ALTERNATIVES = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_CHOICE = ALTERNATIVES.replace("AlternateContent", "Choice")
_FALLBACK = ALTERNATIVES.replace("AlternateContent", "Fallback")


def paragraphs_and_tables(container: Element, w: str) -> Iterator[Element]:
    """Those right below `container`, through content controls and insertions.

    `w` is the namespace of the document's words, in braces.
    """
    wrappers = {f"{w}{name}" for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml")}
    waiting = list(reversed(container))
    while waiting:
        element = waiting.pop()
        if element.tag in (f"{w}p", f"{w}tbl"):
            yield element
        elif element.tag == ALTERNATIVES:
            waiting.extend(reversed(chosen(element)))
        elif element.tag in wrappers:
            waiting.extend(reversed(element))


def children(parent: Element, name: str, w: str) -> Iterator[Element]:
    """Rows of a table or cells of a row, through content controls."""
    for child in parent:
        if child.tag == f"{w}{name}":
            yield child
        elif child.tag in (f"{w}sdt", f"{w}sdtContent", f"{w}customXml"):
            yield from children(child, name, w)


def chosen(alternatives: Element) -> Element:
    """The newest form of content that is there in several; all hold the same text."""
    choice = alternatives.find(_CHOICE)
    fallback = alternatives.find(_FALLBACK)
    if choice is not None and (len(choice) or fallback is None):
        return choice
    return fallback if fallback is not None else alternatives


def outermost(element: Element, tag: str) -> list[Element]:
    """Elements named `tag` below `element` that lie in no other such; alternatives once."""
    found: list[Element] = []
    waiting = [element]
    while waiting:
        current = waiting.pop()
        if current.tag == tag:
            found.append(current)
        elif current.tag == ALTERNATIVES:
            waiting.append(chosen(current))
        else:
            waiting.extend(reversed(current))
    return found
