"""Who may index a source when: one at a time, and nobody while all of the index is changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

from ingest.errors import IngestError
from ingest.store.catalogue import sources
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.documents.removing import drop_staged
from ingest.store.catalogue.jobs import leases
from ingest.store.catalogue.sources import UPLOADS
from ingest.store.follow import purge
from ingest.store.index.interface import Index


class Exclusion:
    """A lock for each source. Who holds one may take it again, and may hold several."""

    def __init__(self, catalogue: Catalogue, worker: str, index: Callable[[], Index]) -> None:
        """`worker` is the name that this process claims files under, `index` the live one."""
        self._catalogue = catalogue
        self._worker = worker
        self._index = index
        self._adding = threading.Lock()
        self._locks: dict[str, threading.RLock] = {}
        self._torn: set[str] = set()

    @contextmanager
    def one_at_a_time(self, source: str) -> Iterator[None]:
        """While the block runs nobody else indexes or removes this source; others go on."""
        with self._lock_of(source):
            yield

    @contextmanager
    def indexing(self, source: str) -> Iterator[None]:
        """As `one_at_a_time`; what an error leaves half written is taken away again."""
        with self.one_at_a_time(source):
            if source in self._torn:
                self._mend(source)
            try:
                yield
            except Exception:
                self._torn.add(source)
                with suppress(IngestError):  # the disk may be full: then the next sync does it
                    self._mend(source)
                raise

    @contextmanager
    def nobody_indexes(self) -> Iterator[None]:
        """While the block runs no sync, upload or removal of any source does."""
        with ExitStack() as quiet:
            for name in self._all_names():
                quiet.enter_context(self.one_at_a_time(name))
            yield

    @contextmanager
    def if_nobody_indexes(self) -> Iterator[bool]:
        """Whether that can be had at once; if so it lasts while the block runs."""
        with ExitStack() as quiet:
            for name in self._all_names():
                lock = self._lock_of(name)
                if not lock.acquire(blocking=False):
                    quiet.close()
                    yield False
                    return
                quiet.callback(lock.release)
            yield True

    def _all_names(self) -> list[str]:
        """Every source in one order, so that two who want all of them never wait in a ring."""
        with self._catalogue.read() as connection:
            names = [one.name for one in sources.all_sources(connection)]
        return sorted({*names, UPLOADS})

    def _lock_of(self, source: str) -> threading.RLock:
        with self._adding:
            return self._locks.setdefault(source, threading.RLock())

    def _mend(self, source: str) -> None:
        with self._catalogue.write() as tx:
            drop_staged(tx, source)
            leases.release_all(tx, source, self._worker)
        purge(self._catalogue, self._index())
        self._torn.discard(source)
