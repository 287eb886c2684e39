"""What a PDF says of itself: bookmarks, title, author and dates.

pdfium finds the same ones as pypdf without opening the file a second time (under 1 ms against 2 to
380 ms for an annual report).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ingest.parsers.pdf.layout import OutlineEntry
from ingest.text.characters import mend

_DATE = re.compile(r"D?:?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:([+-])(\d\d)'?(\d\d)|Z)?")
_JUNK_TITLE = re.compile(
    r"untitled|.*\.(?:docx?|pdf|indd|xlsx?|pptx?|qxd|tex|dvi|html?)\Z|microsoft \w+ -|[\d\W_]*\Z"
    r"|(?:slide|page|document|print|scan)\s*\d*\Z|无标题|未命名|幻灯片",
    re.I,
)


def outline_of(pdf: Any) -> Iterator[OutlineEntry]:
    """The bookmarks that lead to a page."""
    for bookmark in pdf.get_toc(max_depth=8):
        target = bookmark.get_dest()
        index = target.get_index() if target else None
        title = mend(bookmark.get_title() or "").strip()
        if title and index is not None and index >= 0:
            yield OutlineEntry(title, bookmark.level + 1, index + 1)


def metadata_of(pdf: Any) -> tuple[dict[str, str], str]:
    """What the file says of itself, and its title ("" if that is none a person wrote)."""
    stated = {key: " ".join(mend(value).split()) for key, value in pdf.get_metadata_dict().items()}
    metadata = {
        "author": stated.get("Author", ""),
        "subject": stated.get("Subject", ""),
        "keywords": stated.get("Keywords", ""),
        "created": _iso_date(stated.get("CreationDate", "")),
        "modified": _iso_date(stated.get("ModDate", "")),
    }
    title = stated.get("Title", "")
    title = "" if _JUNK_TITLE.match(title) or len(title) > 300 else title
    return {key: value for key, value in metadata.items() if value}, title


def _iso_date(stated: str) -> str:
    """PDF's D:20240131120000+01'00' as an ISO date with what is known of its time."""
    match = _DATE.match(stated)
    if not match:
        return ""
    year, month, day, hour, minute, second, sign, off_h, off_m = match.groups()
    date = "-".join(part for part in (year, month, day) if part)
    if not (day and hour and minute):
        return date
    zone = f"{sign}{off_h}:{off_m}" if sign else "Z" if stated.endswith("Z") else ""
    return f"{date}T{hour}:{minute}:{second or '00'}{zone}"
