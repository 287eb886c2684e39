"""What a site's robots.txt allows (RFC 9309)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ingest.errors import SourceError
from ingest.sources.web.fetch import Fetcher
from ingest.sources.web.pages import normal, same_site

if TYPE_CHECKING:
    from protego import Protego

_AGENT = "footnote"
_HOPS = 5
_READ_BYTES = 500 * 1024
"""As much of a robots.txt as the RFC says a crawler must at least read."""


class Robots:
    """The rules of the sites that are asked about; each site's are fetched once."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._rules: dict[tuple[str, str], Protego] = {}

    def allow(self, url: str) -> bool:
        """Whether Footnote may read an address.

        Raises:
            SourceError: the site does not answer; nothing of it may be read then.
        """
        return self._of(url).can_fetch(url, _AGENT)

    def delay_s(self, url: str) -> float:
        """Seconds that the site wants between requests, 0 if it does not say."""
        return self._of(url).crawl_delay(_AGENT) or 0.0

    def _of(self, url: str) -> Protego:
        from protego import Protego

        parts = urlsplit(url)
        site = (parts.scheme, parts.netloc)
        if site not in self._rules:
            self._rules[site] = Protego.parse(self._fetch(f"{parts.scheme}://{parts.netloc}"))
        return self._rules[site]

    def _fetch(self, site: str) -> str:
        """The file; "" (all is allowed) where there is none or it lies elsewhere."""
        url = f"{site}/robots.txt"
        for _ in range(_HOPS):
            reply = self._fetcher.get(url)
            if reply.status == 200:
                return (reply.body or b"")[:_READ_BYTES].decode("utf-8", errors="replace")
            if reply.status == 429 or reply.status >= 500:
                raise SourceError(f"{url} answers {reply.status}, so the site may not be read now")
            target = normal(reply.headers.get("location", ""), url)
            if not 300 <= reply.status < 400 or target is None or not same_site(target, site):
                return ""
            url = target
        return ""
