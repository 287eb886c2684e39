"""From the bytes of a web page to its elements."""

from __future__ import annotations

import re

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from ingest.errors import ParseLimit
from ingest.parsers.plain.decode import decode

_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?([\w-]+)""", re.I
)


def text_of(data: bytes) -> str:
    """The page as text: UTF-8 if it is, else as it declares, else as it looks."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        declared = _CHARSET.search(data[:4096])
    if declared:
        try:
            return data.decode(declared.group(1).decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(data)


def tree_of(markup: str) -> HtmlElement | None:
    """The elements of a page or a piece of one; None where there is nothing but comments.

    Raises:
        ParseLimit: elements are nested thousands deep.
    """
    if not markup.strip():
        return None
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    source = markup.replace("\0", "").encode("utf-8", "replace")
    try:
        root: HtmlElement = document_fromstring(source, parser=parser)
    except etree.ParserError:  # nothing but comments
        return None
    if any("depth" in entry.message for entry in parser.error_log):
        raise ParseLimit("the page's elements are nested too deeply to be read: simplify it")
    return root
