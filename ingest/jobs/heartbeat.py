"""The sign of life of the job that is being done, and of the files that it has claimed."""

from __future__ import annotations

import threading

import structlog

from ingest.jobs.at_work import AtWork
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.jobs import leases, records

_log = structlog.get_logger(__name__)


class Heartbeat:
    """A thread that writes it again and again, until it is closed."""

    def __init__(self, catalogue: Catalogue, worker: str, at_work: AtWork, every_s: float) -> None:
        """`worker` is the name that this process claims files under."""
        self._catalogue = catalogue
        self._worker = worker
        self._at_work = at_work
        self._every_s = every_s
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends the thread."""
        self._closing.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._closing.wait(self._every_s):
            running = self._at_work.running
            if running is None:
                continue
            try:
                with self._catalogue.write() as tx:
                    records.alive(tx, running.job.id)
                    leases.renew(tx, self._worker)
            except Exception as exc:  # the next beat may succeed; the work itself is not stopped
                _log.warning("the heartbeat is not written", reason=str(exc))
