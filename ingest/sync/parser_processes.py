"""The processes that parse for syncs, and cut documents as the live generation wants it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from ingest.parsers.sandbox.outcome import ParseLimits
from ingest.parsers.sandbox.pool import ParserPool
from ingest.settings import IngestSettings
from ingest.store.catalogue.generations import Recipe
from ingest.sync.prepare import Prepared, prepare


class ParserProcesses:
    """A pool that is there from its first use until it is ended, and may begin anew after that."""

    def __init__(self, settings: IngestSettings, recipe: Callable[[], Recipe]) -> None:
        """`recipe` says how documents are to be cut now."""
        self._settings = settings
        self._recipe = recipe
        self._lock = threading.Lock()
        self._pool: ParserPool[Prepared] | None = None
        self._closed = False

    def pool(self) -> ParserPool[Prepared]:
        """The pool as it is now; a caller uses it for one sync and asks again for the next.

        Raises:
            RuntimeError: it is closed.
        """
        with self._lock:
            if self._closed:
                raise RuntimeError("the parser processes were closed")
            if self._pool is None:
                settings, recipe = self._settings, self._recipe()
                self._pool = ParserPool(
                    settings.parse_workers,
                    ParseLimits(
                        seconds=settings.parse_timeout_s,
                        memory_mb=settings.parse_memory_mb,
                        file_mb=settings.max_file_mb,
                    ),
                    after=partial(
                        prepare, target=recipe.chunk_tokens, limit=recipe.chunk_max_tokens
                    ),
                )
            return self._pool

    def end(self) -> None:
        """Ends the processes; the next pool cuts by the recipe that holds then."""
        with self._lock:
            pool, self._pool = self._pool, None
            if pool is not None:
                pool.close()

    def close(self) -> None:
        """Ends the processes for good."""
        with self._lock:
            self._closed = True
        self.end()
