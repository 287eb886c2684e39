"""What a web page says of itself: its title, and who wrote it when."""

from __future__ import annotations

from lxml.html import HtmlElement

from ingest.parsers.canonical.flow import flow
from ingest.text.characters import mend

_DATES = {
    "created": ("article:published_time", "date", "dcterms.created", "dc.date", "datepublished"),
    "modified": ("article:modified_time", "last-modified", "dcterms.modified", "og:updated_time"),
}
_META = {"author": ("author", "article:author", "dc.creator"), "subject": ("description",)}


def stated_title(root: HtmlElement) -> str:
    """The title that the page's head gives, or ""."""
    title = root.find(".//head/title")
    if title is None:
        title = root.find(".//title")
    if title is not None and title.text and title.text.strip():
        return flow(title.text)
    for meta in root.iter("meta"):
        if meta.get("property") == "og:title" and meta.get("content", "").strip():
            return flow(meta.get("content", ""))
    return ""


def shown_title(root: HtmlElement, named: str) -> str:
    """The head's title without the site's name, which the first heading tells from it."""
    first = root.find(".//h1")
    heading = flow(first.text_content()) if first is not None else ""
    if heading and (not named or named.lower().startswith(heading.lower())):
        return heading
    return named


def metadata_of(root: HtmlElement) -> dict[str, str]:
    """Author, created, modified, subject and lang, as far as the page tells."""
    said: dict[str, str] = {}
    for meta in root.iter("meta"):
        key = (meta.get("name") or meta.get("property") or meta.get("itemprop") or "").lower()
        content = flow(meta.get("content") or "")
        if key and content:
            said.setdefault(key, content)
    metadata = {
        fact: mend(said[key])
        for fact, keys in (_META | _DATES).items()
        for key in reversed(keys)
        if key in said
    }
    if root.get("lang"):
        metadata["lang"] = root.get("lang", "")
    return metadata
