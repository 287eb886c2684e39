"""Asking one site for its pages politely: by its robots.txt, with pauses, along its redirects."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from urllib.parse import urlsplit

from ingest.errors import SourceError
from ingest.sources.interface import go_on
from ingest.sources.web.fetch import Fetcher, Reply
from ingest.sources.web.memory import Page
from ingest.sources.web.pages import normal, same_site, sitemap_locations, sitemap_text
from ingest.sources.web.robots import Robots

_HOPS = 5
_LONGEST_DELAY_S = 10.0
_MOST_SITEMAPS = 100
_REDIRECTS = (301, 302, 303, 307, 308)


class Visit:
    """One visit to the site of a start address, one request at a time.

    Attributes:
        asked: how many requests it took so far.
    """

    def __init__(self, start: str, delay_s: float, fetcher: Fetcher, stop: threading.Event) -> None:
        """`delay_s` is waited between requests, or longer if the site's robots.txt asks for it."""
        self._start = start
        self._delay_s = delay_s
        self._fetcher = fetcher
        self._stop = stop
        self._robots = Robots(fetcher)
        self.asked = 0

    def landed(self, url: str, known: Mapping[str, Page]) -> tuple[Reply, str | None]:
        """The reply at the end of an address's redirects, and its own address.

        That is None when they lead to another site, to what robots may not read, or nowhere.
        Pages in `known` are not sent again if they did not change.

        Raises:
            SourceError: the site does not answer, or the start address is not there.
            Stopped: the visit is to end.
        """
        for _ in range(_HOPS):
            if not self._robots.allow(url):
                if url == self._start:
                    raise SourceError(f"the robots.txt of {url} does not let Footnote read it")
                return Reply(0, {}, b""), None
            reply = self._ask(url, known.get(url))
            if reply.status not in _REDIRECTS:
                if url == self._start and reply.status not in (200, 304):
                    raise SourceError(f"{url} answers {reply.status}")
                return reply, url
            target = normal(reply.headers.get("location", ""), url)
            if target is None or not same_site(target, self._start):
                if url == self._start:
                    raise SourceError(
                        f"{url} redirects to {target or 'nowhere'}; give that address instead"
                    )
                return reply, None
            url = target
        return reply, None

    @property
    def starts_at_sitemap(self) -> bool:
        """Whether the start address is that of a sitemap."""
        return urlsplit(self._start).path.lower().endswith((".xml", ".xml.gz"))

    def sitemap_pages(self, most: int) -> list[str]:
        """The pages of the site that its sitemap lists, through its index if it is one.

        No further sitemap is read once there are `most`.

        Raises:
            SourceError: a sitemap cannot be read, or lists no page.
            Stopped: the visit is to end.
        """
        pages: dict[str, None] = {}
        maps = deque([self._start])
        met = {self._start}
        while maps and len(pages) < most:
            url = maps.popleft()
            reply, landed = self.landed(url, {})
            if reply.status != 200 or landed is None or reply.body is None:
                raise SourceError(f"the sitemap {url} cannot be read ({reply.status})")
            found, further = sitemap_locations(sitemap_text(reply.body, url))
            for one in found:
                if not same_site(one, self._start):
                    continue
                if not further:
                    pages[one] = None
                elif one not in met and len(met) < _MOST_SITEMAPS:
                    met.add(one)
                    maps.append(one)
        if not pages:
            raise SourceError(f"the sitemap {self._start} lists no page of its own site")
        return list(pages)

    def _ask(self, url: str, before: Page | None) -> Reply:
        if self.asked:
            delay = min(self._robots.delay_s(url), _LONGEST_DELAY_S)
            self._stop.wait(max(delay, self._delay_s))
        go_on(self._stop)
        self.asked += 1
        headers = {}
        if before is not None and before.etag:
            headers["If-None-Match"] = before.etag
        if before is not None and before.modified:
            headers["If-Modified-Since"] = before.modified
        reply = self._fetcher.get(url, headers)
        if reply.status == 429 or reply.status >= 500:
            raise SourceError(f"{url} answers {reply.status}")
        return reply
