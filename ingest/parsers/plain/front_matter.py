"""The block of facts that static site generators keep above a page's text."""

from __future__ import annotations

import re

_BLOCK = re.compile(r"\ufeff?(---|\+\+\+)[ \t]*\n(.*?)\n(?:\1|\.\.\.)[ \t]*(?:\n|$)", re.S)
_PAIR = re.compile(r"([A-Za-z_][\w .-]*?)\s*[:=](?:\s+(.*)|(\S.*))?$")
_ITEM = re.compile(r"\s*-\s+(.*)$")

_FACTS = {
    "title": "title",
    "author": "author",
    "authors": "author",
    "owner": "owner",
    "owners": "owner",
    "date": "created",
    "created": "created",
    "updated": "modified",
    "modified": "modified",
    "last_updated": "modified",
    "lastmod": "modified",
    "last_reviewed": "modified",
    "last_reviewed_on": "modified",
    "tags": "tags",
    "keywords": "tags",
    "description": "subject",
    "summary": "subject",
    "lang": "lang",
    "language": "lang",
    "status": "status",
    "version": "version",
}


def split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """The facts above the text, by the names that `ParsedDocument.metadata` uses, and the text.

    Reads the plain subset of YAML and TOML that such blocks are written in: pairs, quoted or
    not, and lists, which come out joined by ", ". What is nested deeper is passed over.
    """
    if not text.startswith(("---", "+++", "\ufeff---")):
        return {}, text
    block = _BLOCK.match(text)
    if block is None or not any(_PAIR.match(line) for line in block[2].split("\n")):
        return {}, text
    facts: dict[str, str] = {}
    name: str | None = None
    for line in block[2].split("\n"):
        item = _ITEM.match(line)
        if item and name:
            value = _plain(item[1])
            facts[name] = f"{facts[name]}, {value}" if facts.get(name) else value
            continue
        if line[:1] in (" ", "\t"):
            if name and not _PAIR.match(line.strip()):  # a value that goes on
                facts[name] = f"{facts.get(name, '')} {line.strip()}".strip()
            continue
        pair = _PAIR.match(line.rstrip())
        name = _FACTS.get(pair[1].strip().lower().replace(" ", "_")) if pair else None
        if pair and name:
            facts[name] = _plain(pair[2] or pair[3] or "")
    return {key: value for key, value in facts.items() if value}, text[block.end() :]


def _plain(value: str) -> str:
    value = value.strip()
    if value in ("|", ">", "|-", ">-", "|+", ">+"):
        return ""
    if value.startswith("[") and value.endswith("]"):
        return ", ".join(filter(None, (_plain(item) for item in value[1:-1].split(","))))
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1].strip()
    return re.sub(r"\s+#.*$", "", value)
