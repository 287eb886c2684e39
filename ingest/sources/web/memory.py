"""What is remembered of a web site between two visits, and the copies of its pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from ingest.sources.copies import copies, write_stamped


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it was last read.

    `path` is its name among the documents, `digest` the SHA-256 (hex) of its bytes, `mtime_ns` when
    it changed, as far as the site says so. `etag` and `modified` are what the site wants to be
    asked with. `links` are the addresses that it leads to.
    """

    path: str
    digest: str
    mtime_ns: int
    etag: str = ""
    modified: str = ""
    links: tuple[str, ...] = ()


class WebMemory:
    """Pages by address, kept in a folder that may be lost at any time."""

    def __init__(self, folder: Path) -> None:
        self._state = folder / "pages.json"
        self.files = folder / "files"

    @cached_property
    def known(self) -> Mapping[str, Page]:
        """The pages of the last visit; none if any copy of them is missing."""
        pages = self.load()
        here = dict(copies(self.files))
        whole = all(here.get(page.path) == page.mtime_ns for page in pages.values())
        return pages if whole else {}

    def load(self) -> dict[str, Page]:
        """The pages as they were written down."""
        try:
            kept = json.loads(self._state.read_bytes())
            return {
                url: Page(**{**page, "links": tuple(page["links"])}) for url, page in kept.items()
            }
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return {}

    def keep(self, pages: Mapping[str, Page], fresh: Mapping[str, Path]) -> None:
        """Makes `pages` the known ones; `fresh` are the files of those that are new or changed.

        Raises:
            SourceError: the disk does not take them.
        """
        self.files.mkdir(parents=True, exist_ok=True)
        stamps = {page.path: page.mtime_ns for page in pages.values()}
        for path, mtime_ns in copies(self.files):
            if stamps.get(path) != mtime_ns:
                (self.files / path).unlink()
        for url, file in fresh.items():
            write_stamped(self.files / pages[url].path, file.read_bytes(), pages[url].mtime_ns)
        self.files.mkdir(parents=True, exist_ok=True)
        kept = {url: asdict(page) for url, page in pages.items()}
        write_stamped(self._state, json.dumps(kept, ensure_ascii=False).encode(), 0)
