"""When sources are looked at without being told: on events, at intervals, and wholly once a day.

One thread keeps the times. It reads the sources anew whenever it wakes, so that one that was
added, changed, paused or removed is treated as it is now.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from ingest.errors import IngestError
from ingest.jobs.timetable import JITTER, Key, Timetable
from ingest.jobs.watching.folders import Submit, WatchedFolders
from ingest.jobs.watching.watcher import RETRY_S
from ingest.store.catalogue import sources
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.jobs import records

LOOK_S = 5.0
"""How often the sources are read anew."""

UNWATCHED_S = 60.0
"""How often a folder is looked at that is to be watched but cannot be."""

WATCHED_S = 3600.0
"""How often a watched folder is looked at wholly all the same: the system may lose events."""

COMPARE_AGAIN_S = 3600.0
"""How soon all content is compared again when that did not come to an end."""

_LOOK, _RECONCILE = "look", "reconcile"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is going to happen with a source without being told.

    `unwatched` says why a source that is to be watched is not; the seconds are from now, None
    where nothing is due.
    """

    watching: bool
    unwatched: str
    next_look_s: float | None
    next_reconcile_s: float | None


NOTHING_AHEAD = Outlook(False, "", None, None)
"""What a source can expect where there is no schedule (a command without a server)."""


class Schedule:
    """Submits syncs when they are due. Close it before the worker."""

    def __init__(
        self,
        catalogue: Catalogue,
        submit: Submit,
        *,
        reconcile_hours: float,
        look_s: float = LOOK_S,
        clock: Callable[[], float] = time.monotonic,
        jitter: float = JITTER,
        retry_s: float = RETRY_S,
    ) -> None:
        """Starts the thread.

        Args:
            catalogue: where the sources are.
            submit: queues a sync.
            reconcile_hours: how often all content is compared; 0 never.
            look_s: how often the sources are read anew.
            clock: seconds that never go backwards.
            jitter: by what share intervals vary.
            retry_s: how soon a folder that is not there is looked for again.
        """
        self._catalogue = catalogue
        self._submit = submit
        self._reconcile_s = 3600 * reconcile_hours
        self._look_s = look_s
        self._times = Timetable(clock, jitter)
        self._folders = WatchedFolders(catalogue, submit, retry_s)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedule", daemon=True)
        self._thread.start()

    def outlook(self, name: str) -> Outlook:
        """What a source can expect."""
        look, reconcile = (self._times.left_s((name, what)) for what in (_LOOK, _RECONCILE))
        watcher = self._folders.of(name)
        if watcher is None:
            return Outlook(False, "", look, reconcile)
        return Outlook(watcher.watching, watcher.error, look, reconcile)

    def close(self) -> None:
        """Ends the thread and every watcher."""
        self._stop.set()
        self._thread.join()
        self._folders.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._look()
            except Exception as exc:  # a database that is away for a moment: the next look is near
                _log.warning("the schedule cannot be read", reason=str(exc))
            self._stop.wait(self._look_s)

    def _look(self) -> None:
        with self._catalogue.read() as connection:
            found = [one for one in sources.timings(connection) if not one.source.paused]
            at_work = {job.source for job in records.unfinished(connection)}
        self._folders.keep(one.source for one in found if one.source.watch)
        kept: set[Key] = set()
        for one in found:
            kept |= self._take(one, free=one.source.name not in at_work)
        self._times.keep_only(kept)

    def _take(self, one: sources.Timing, *, free: bool) -> set[Key]:
        """Queues what is due of a source; returns what is to come again."""
        name = one.source.name
        coming: set[Key] = set()
        if every_s := self._interval(one.source):
            coming.add((name, _LOOK))
            last = one.synced_at or one.created_at
            if self._times.is_due((name, _LOOK), every_s, last, free=free, again_s=every_s):
                self._queue(name)
        if (every_s := self._reconcile_s) and name != sources.UPLOADS:
            coming.add((name, _RECONCILE))
            last = one.reconciled_at or one.created_at
            again_s = min(every_s, COMPARE_AGAIN_S)
            if self._times.is_due((name, _RECONCILE), every_s, last, free=free, again_s=again_s):
                self._queue(name, reconcile=True)
        return coming

    def _interval(self, one: sources.Source) -> float | None:
        """Seconds between looks at a whole source; None if it is looked at only when told."""
        if one.interval_s is not None:
            return float(one.interval_s)
        watcher = self._folders.of(one.name)
        if watcher is None or watcher.lost:  # one that is lost is looked at when it comes back
            return None
        return UNWATCHED_S if watcher.error else WATCHED_S

    def _queue(self, name: str, *, reconcile: bool = False) -> None:
        try:
            self._submit(name, reconcile=reconcile)
        except IngestError as exc:  # removed meanwhile, or the disk is full: the job says so, too
            _log.warning("a sync could not be queued", source=name, reason=str(exc))
