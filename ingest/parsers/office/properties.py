"""What Office documents share: their XML parts and what they say of themselves."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING

from ingest.errors import ParseError
from ingest.text.characters import mend

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_FACTS = {
    "title": "title",
    "creator": "author",
    "created": "created",
    "modified": "modified",
    "subject": "subject",
    "keywords": "tags",
}
_NO_TITLE = re.compile(
    r"(?:(?:word|powerpoint|microsoft word|untitled|new)? ?(?:document|presentation|template)? ?\d*"
    r"|untitled|slide \d+|文档\d*|演示文稿\d*|无标题|microsoft (?:word|powerpoint) - .*"
    r"|.*\.(?:docx?|dotx?|pptx?|potx?))$",
    re.I,
)


def read_part(archive: zipfile.ZipFile, part: str) -> Element | None:
    """The root element of an XML part, None where the document has no such part.

    Entities are not resolved and nothing is fetched.

    Raises:
        ParseError: the part is no XML.
    """
    from lxml import etree

    try:
        data = archive.read(part)
    except KeyError:
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as exc:
        raise ParseError(
            f"the document's part {part!r} is damaged ({exc}): "
            "open it in its program, save it again and replace it"
        ) from exc


def core_properties(archive: zipfile.ZipFile) -> dict[str, str]:
    """Title, author, created, modified, subject and tags, as far as the document states them."""
    root = read_part(archive, "docProps/core.xml")
    facts: dict[str, str] = {}
    for child in root if root is not None else ():
        name = str(child.tag).rpartition("}")[2]
        value = " ".join(mend(child.text or "").split())
        if name in _FACTS and value:
            facts[_FACTS[name]] = value
    return facts


def real_title(title: str) -> str:
    """`title` unless it is what programs write there by themselves, then ""."""
    return "" if _NO_TITLE.match(title.strip()) else title.strip()
