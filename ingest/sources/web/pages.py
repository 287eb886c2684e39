"""What a web page says: its links, what it wants of robots, its age; the pages of a sitemap."""

from __future__ import annotations

import codecs
import html
import re
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from ingest.errors import SourceError

_READ_CHARACTERS = 2_000_000
_MOST_LINKS = 2_000
_MOST_SITEMAP_BYTES = 60_000_000
_LOCATION = re.compile(
    r"<(?:\w+:)?loc>\s*(?:<!\[CDATA\[)?\s*([^<\]]{1,4000}?)\s*(?:\]\]>)?\s*</(?:\w+:)?loc>"
)
_TRACKING = re.compile(r"utm_\w+|gclid|fbclid|mc_[ce]id")
_SAFE = "%/:=&~+!$,;'@()*[]-._"


@dataclass(slots=True)
class Links:
    """The links of a page, absolute and in its order, and whether it wants to be indexed."""

    urls: list[str] = field(default_factory=list)
    index: bool = True


def links_of(text: str, url: str) -> Links:
    """The links of a page's HTML; its robots meta tag is obeyed.

    The page is read as far as two million characters, and its first 2,000 links are taken.
    """
    parser = _LinkParser(url)
    parser.feed(text[:_READ_CHARACTERS])
    urls = dict.fromkeys(parser.urls) if parser.follow else {}
    return Links(list(urls)[:_MOST_LINKS], parser.index)


def normal(url: str, base: str = "") -> str | None:
    """A web address in its one form, without fragment or tracking; None if it is none."""
    try:
        parts = urlsplit(urljoin(base, url.strip()))
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if port is not None and port != _default_port(parts.scheme):
        host = f"{host}:{port}"
    query = parts.query
    if any(_TRACKING.fullmatch(name) for name, _ in parse_qsl(query, keep_blank_values=True)):
        kept = [
            one for one in parse_qsl(query, keep_blank_values=True) if not _TRACKING.match(one[0])
        ]
        query = urlencode(kept)
    path = quote(parts.path or "/", safe=_SAFE)
    return urlunsplit((parts.scheme, host, path, quote(query, safe=_SAFE + "?"), ""))


def same_site(one: str, other: str) -> bool:
    """Whether two addresses are on one host and port; http and https of a host are one site."""
    a, b = urlsplit(one), urlsplit(other)
    if a.hostname != b.hostname:
        return False
    return a.port == b.port if a.port or b.port else True


def as_utf8(body: bytes, content_type: str) -> bytes:
    """A text as UTF-8 where only the site's header says how it is encoded."""
    message = Message()
    message["content-type"] = content_type
    charset = message.get_content_charset("utf-8")
    if charset in ("utf-8", "us-ascii", "iso-8859-1"):  # the last is many a server's default
        return body
    try:
        wider = "gb18030" if charset in ("gb2312", "gbk") else charset
        return codecs.BOM_UTF8 + body.decode(wider).encode()
    except (LookupError, UnicodeError):
        return body


def modified_s(header: str) -> int:
    """When a page changed by its Last-Modified, now if that says nothing; seconds since 1970."""
    now = datetime.now(UTC)
    try:
        said = parsedate_to_datetime(header)
    except ValueError:
        said = now
    if said.tzinfo is None:
        said = said.replace(tzinfo=UTC)
    return int(min(said, now).timestamp())


def sitemap_text(body: bytes, url: str) -> str:
    """A sitemap's XML, unpacked if it is packed.

    Raises:
        SourceError: it is too large, damaged or no sitemap.
    """
    if body.startswith(b"\x1f\x8b"):
        unpacker = zlib.decompressobj(wbits=31)
        try:
            body = unpacker.decompress(body, _MOST_SITEMAP_BYTES)
        except zlib.error as exc:
            raise SourceError(f"the sitemap {url} is damaged ({exc})") from exc
        if unpacker.unconsumed_tail:
            raise SourceError(f"the sitemap {url} is larger than a sitemap may be")
    text = body.decode("utf-8", errors="replace")
    if "<urlset" not in text and "<sitemapindex" not in text:
        raise SourceError(f"{url} is no sitemap; give a page to start at, or a sitemap's address")
    return text


def sitemap_locations(text: str) -> tuple[list[str], bool]:
    """The addresses in a sitemap (https://www.sitemaps.org/protocol.html), and whether they are
    of further sitemaps instead of pages.
    """
    found = (normal(html.unescape(one)) for one in _LOCATION.findall(text))
    return [one for one in found if one is not None], "<sitemapindex" in text


class _LinkParser(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.urls: list[str] = []
        self.index = True
        self.follow = True
        self._base = url

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("a", "area") and "nofollow" not in given.get("rel", "").lower():
            found = normal(given["href"], self._base) if "href" in given else None
            if found is not None:
                self.urls.append(found)
        elif tag == "base" and "href" in given:
            self._base = normal(given["href"], self._base) or self._base
        elif tag == "meta" and given.get("name", "").lower() in ("robots", "footnote"):
            said = given.get("content", "").lower()
            self.index = self.index and "noindex" not in said and "none" not in said
            self.follow = self.follow and "nofollow" not in said and "none" not in said


def _default_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80
