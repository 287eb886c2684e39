"""A web site: the pages that can be reached from a start address, or that a sitemap lists.

One request at a time, by the rules of the site's robots.txt. Pages that did not change are not sent
again (ETag, Last-Modified). A page has left when it answers 404 or 410, or when nothing leads to it
any more; what answers with an error or not at all stays as it was, and a site that is down changes
nothing.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from pydantic import Field

from ingest.errors import SourceError
from ingest.sources.interface import Options, Place, options_of
from ingest.sources.walk import Walk, walk
from ingest.sources.web.crawl import Crawl, Limits
from ingest.sources.web.fetch import Fetcher
from ingest.sources.web.memory import WebMemory
from ingest.sources.web.pages import normal


class WebOptions(Options):
    """How far a site is read.

    `depth` counts links from the start address (0 is that page alone; the pages of a sitemap are
    taken as they are listed), `most_pages` those that are read, `most_page_mb` the size of one.
    `delay_s` is waited between requests; a longer Crawl-delay of the site counts, up to 10 s.
    """

    depth: Annotated[int, Field(ge=0, le=50)] = 3
    most_pages: Annotated[int, Field(ge=1, le=100_000)] = 500
    most_page_mb: Annotated[int, Field(ge=1, le=1_000)] = 10
    delay_s: Annotated[float, Field(ge=0, le=60)] = 0.2
    allow_private: bool = False


class WebConnector:
    """The pages of one site."""

    def __init__(self, place: Place) -> None:
        """Takes `WebOptions`."""
        self._place = place
        self._options = options_of("web", WebOptions, place.options)
        start = normal(place.path)
        if start is None or "://" not in place.path:
            raise SourceError(
                f"{place.path} is no web address; give one that begins with https:// or http:// "
                "and has no name or password in it"
            )
        self._start = start
        self._memory = WebMemory(place.folder)
        self.root = self._memory.files

    def check(self) -> None:
        """The start address answers, and robots may read it."""
        with self._crawl(threading.Event()) as crawl:
            crawl.check()

    def list_files(self, stop: threading.Event) -> Walk:
        """Reads the site and lists the copies of its pages."""
        with self._crawl(stop) as crawl:
            pages = crawl.run()
            self._memory.keep(pages.found, pages.fresh)
        found = walk(self.root, self._place.include, self._place.exclude)
        # Without a memory a page that did not answer cannot be told from one that is not there.
        unsure = ("",) if pages.failed and not self._memory.known else ()
        return Walk(found.files, found.unreadable + unsure, found.unnameable, pages.failed)

    def read(self, path: str) -> Path:
        """The copy."""
        return self.root / path

    def address(self, path: str) -> str | None:
        """The page's own address."""
        return next((url for url, page in self._memory.load().items() if page.path == path), None)

    @contextmanager
    def _crawl(self, stop: threading.Event) -> Iterator[Crawl]:
        options = self._options
        if options.allow_private and not self._place.allow_private:
            raise SourceError(
                "option allow_private: sites inside your own network are read only if the server "
                "runs with FOOTNOTE_ALLOW_PRIVATE_ADDRESSES=true"
            )
        fetcher = Fetcher(
            allow_private=options.allow_private, most_bytes=options.most_page_mb * 1_000_000
        )
        fresh = self._place.folder / "fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        limits = Limits(options.depth, options.most_pages, options.delay_s)
        try:
            yield Crawl(self._start, limits, fetcher, self._memory.known, fresh, stop)
        finally:
            fetcher.close()
            shutil.rmtree(fresh, ignore_errors=True)
