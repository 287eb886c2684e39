"""Reading a web site: breadth first from its start address, or along its sitemap."""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog

from ingest.errors import SourceError
from ingest.sources.copies import stamped
from ingest.sources.interface import go_on
from ingest.sources.web.fetch import Fetcher, Reply
from ingest.sources.web.memory import Page
from ingest.sources.web.pages import (
    Links,
    as_utf8,
    links_of,
    modified_s,
    same_site,
)
from ingest.sources.web.paths import ending_of, may_be_page, path_of
from ingest.sources.web.visit import Visit

_DOWN = 5
"""After so many failures in a row the site is taken to be down."""

_REQUESTS_A_PAGE = 4
_GONE = (404, 410)
_TEXTS = (".html", ".htm", ".xhtml", ".txt", ".md", ".markdown", ".rst", ".log", ".csv", ".tsv")
_HTML = (".html", ".htm", ".xhtml")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a visit goes: links from the start, pages, and seconds between requests."""

    depth: int
    pages: int
    delay_s: float


@dataclass(slots=True)
class Visited:
    """What a visit found: every page by address, the files of new and changed ones, and by path
    why a page could not be read.
    """

    found: dict[str, Page] = field(default_factory=dict)
    fresh: dict[str, Path] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


class Crawl:
    """One reading of a site; `fresh` is a folder for what is new."""

    def __init__(
        self,
        start: str,
        limits: Limits,
        fetcher: Fetcher,
        known: Mapping[str, Page],
        fresh: Path,
        stop: threading.Event,
    ) -> None:
        self._start = start
        self._limits = limits
        self._known = known
        self._folder = fresh
        self._stop = stop
        self._site = Visit(start, limits.delay_s, fetcher, stop)
        self._visited = Visited()
        self._taken = {page.path for page in known.values()}
        self._answered: set[str] = set()

    def check(self) -> None:
        """Whether the start address answers and may be read.

        Raises:
            SourceError: it does not, or may not.
        """
        if self._site.starts_at_sitemap:
            self._site.sitemap_pages(self._limits.pages)
        else:
            self._site.landed(self._start, {})

    def run(self) -> Visited:
        """Reads the site.

        Raises:
            SourceError: it is down, or its start address is not there (any more).
        """
        listed = self._site.starts_at_sitemap
        starts = self._site.sitemap_pages(self._limits.pages) if listed else [self._start]
        waiting = deque((url, 0) for url in dict.fromkeys(starts))
        seen = set(starts)
        in_a_row = 0
        most_requests = self._site.asked + self._limits.pages * _REQUESTS_A_PAGE + 100
        while waiting and len(self._visited.found) < self._limits.pages:
            if self._site.asked > most_requests:
                break
            url, depth = waiting.popleft()
            try:
                links = self._visit(url, seen)
                in_a_row = 0
            except SourceError as exc:
                go_on(self._stop)
                in_a_row += 1
                if (url == self._start and not listed) or in_a_row >= _DOWN:
                    raise SourceError(f"{exc}; nothing was changed") from exc
                links = self._keep_failed(url, str(exc))
            if depth < self._limits.depth and not listed:
                for link in links:
                    if link not in seen and same_site(link, self._start) and may_be_page(link):
                        seen.add(link)
                        waiting.append((link, depth + 1))
        if waiting:
            _log.warning("a site has more pages than are read", start=self._start)
        if self._visited.failed and not waiting:
            self._keep_unreached()
        return self._visited

    def _visit(self, url: str, seen: set[str]) -> tuple[str, ...]:
        """Reads one page; returns its links."""
        reply, landed = self._site.landed(url, self._known)
        self._answered |= {url, landed or url}
        if landed is None or (landed != url and landed in seen):
            return ()
        seen.add(landed)
        before = self._known.get(landed)
        if reply.status == 304 and before is not None:
            self._visited.found[landed] = before
            return before.links
        if reply.status != 200:
            # Not there for us: a dead link, or a page behind a login.
            if reply.status in _GONE or before is None:
                return ()
            raise SourceError(f"{landed} answers {reply.status}")
        return self._read(landed, reply, before)

    def _read(self, url: str, reply: Reply, before: Page | None) -> tuple[str, ...]:
        ending = ending_of(reply.headers.get("content-type", ""), url)
        if ending is None:
            return ()
        if reply.body is None:
            path = before.path if before else path_of(url, ending)
            self._visited.failed[path] = "the page is larger than the option most_page_mb allows"
            if before is not None:
                self._visited.found[url] = before
            return ()
        kind = reply.headers.get("content-type", "")
        body = as_utf8(reply.body, kind) if ending in _TEXTS else reply.body
        links = Links()
        if ending in _HTML:
            links = links_of(body.decode("utf-8", errors="replace"), url)
        if not links.index or "noindex" in reply.headers.get("x-robots-tag", "").lower():
            return tuple(links.urls)
        self._keep(url, body, ending, reply, tuple(links.urls), before)
        return tuple(links.urls)

    def _keep(
        self,
        url: str,
        body: bytes,
        ending: str,
        reply: Reply,
        links: tuple[str, ...],
        before: Page | None,
    ) -> None:
        digest = hashlib.sha256(body).hexdigest()
        modified = reply.headers.get("last-modified", "")
        stamp = stamped(modified_s(modified), int(digest[:7], 16))
        if before is not None and before.path.endswith(ending):
            path = before.path
        else:
            path = path_of(url, ending, self._taken)
            self._taken.add(path)
        page = Page(path, digest, stamp, reply.headers.get("etag", ""), modified, links)
        if before is not None and (before.path, before.digest) == (path, digest):
            self._visited.found[url] = replace(page, mtime_ns=before.mtime_ns)
            return
        file = self._folder / digest
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
        self._visited.fresh[url] = file
        self._visited.found[url] = page

    def _keep_failed(self, url: str, reason: str) -> tuple[str, ...]:
        """A page that did not answer stays as it was, and so does what it leads to."""
        before = self._known.get(url)
        if before is None:
            self._visited.failed[path_of(url, ".html", self._taken)] = reason
            return ()
        self._visited.found[url] = before
        self._visited.failed[before.path] = reason
        return before.links

    def _keep_unreached(self) -> None:
        """Where pages failed, what they led to cannot be found: it stays."""
        for url, page in self._known.items():
            if url not in self._visited.found and url not in self._answered:
                self._visited.found[url] = page
