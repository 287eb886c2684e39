"""What a web page is called among the documents: its address as a readable and safe path."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

_TYPES = {
    "text/html": (".html", ".htm", ".xhtml"),
    "application/xhtml+xml": (".html", ".htm", ".xhtml"),
    "application/pdf": (".pdf",),
    "text/plain": (".txt", ".md", ".markdown", ".rst", ".log", ".csv", ".tsv"),
    "text/markdown": (".md", ".markdown"),
    "text/csv": (".csv",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (".docx",),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": (".pptx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (".xlsx",),
}
"""Content types that are read, each with the endings that go with it, the usual one first."""

_NO_PAGES = re.compile(
    r"\.(png|jpe?g|gif|svg|webp|avif|ico|bmp|css|js|mjs|map|woff2?|ttf|eot|mp[34]|m4[av]|webm|ogg"
    r"|wav|avi|mov|zip|gz|tgz|bz2|xz|7z|rar|exe|dmg|iso|msi|deb|rpm|jar|apk|xml|rss|atom|wasm)",
    re.IGNORECASE,
)
_UNFIT = re.compile(r"[\x00-\x1f\x7f\\:*?\"<>|\ud800-\udfff]")
_LONGEST = 120
"""Bytes of one part of a path; longer ones are cut and told apart by a hash."""


def may_be_page(url: str) -> bool:
    """Whether the ending of an address speaks of a page or document, so that it is worth asking."""
    return _NO_PAGES.fullmatch(PurePosixPath(urlsplit(url).path).suffix) is None


def ending_of(content_type: str, url: str) -> str | None:
    """The file ending for a page of this content type; None for what is not read."""
    kind = content_type.partition(";")[0].strip().lower()
    suffix = PurePosixPath(urlsplit(url).path).suffix.lower()
    if kind in ("", "application/octet-stream", "binary/octet-stream"):
        return next((suffix for endings in _TYPES.values() if suffix in endings), None)
    endings = _TYPES.get(kind)
    if endings is None:
        return None
    return suffix if suffix in endings else endings[0]


def path_of(url: str, ending: str, taken: Container[str] = ()) -> str:
    """The path for a page; `taken` are those of other pages, which it keeps clear of.

    `/guide/` becomes `guide/index.html`, `/guide/setup?lang=en` `guide/setup-1f0c2a9b.html`.
    """
    parts = urlsplit(url)
    names = [_fit(unquote(name)) for name in parts.path.split("/") if name not in ("", ".", "..")]
    last = "index" if parts.path.endswith("/") or not names else names.pop()
    # A folder is never called like a file, so that a page and those below it can both be there.
    names = [f"{name}_" if PurePosixPath(name).suffix in _ALL_ENDINGS else name for name in names]
    if last.lower().endswith(ending):
        last = last[: -len(ending)] or "index"
    mark = hashlib.sha256(url.encode()).hexdigest()[:8]
    stem = f"{last}-{mark}" if parts.query else last
    path = "/".join([*names, stem + ending])
    return "/".join([*names, f"{last}-{mark}{ending}"]) if path in taken else path


_ALL_ENDINGS = frozenset(ending for endings in _TYPES.values() for ending in endings)


def _fit(name: str) -> str:
    """A part of an address as a part of a path: never hidden, never a command to a file system."""
    plain = _UNFIT.sub("_", name.replace("/", "_"))
    if plain.startswith((".", "~$")):
        plain = "_" + plain[1:]
    data = plain.encode()
    if len(data) > _LONGEST:
        mark = hashlib.sha256(data).hexdigest()[:8]
        plain = data[:_LONGEST].decode(errors="ignore") + "-" + mark
    return plain
