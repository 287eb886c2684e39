"""When sources are looked at without being told: on events, at intervals, and wholly once a day.

One thread keeps the times. It reads the sources anew whenever it wakes, so that one that was
added, changed, paused or removed is treated as it is now. Waiting is measured by a clock that
never jumps; the time of day counts only for what happened before this process started.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import structlog

from ingest.catalogue import sources
from ingest.catalogue.engine import Catalogue
from ingest.catalogue.sources import Timing
from ingest.errors import IngestError
from ingest.watch import Watcher

LOOK_S = 5.0
"""How often the sources are read anew."""

UNWATCHED_S = 60.0
"""How often a folder is looked at that is to be watched but cannot be."""

FEW_PATHS = 50
"""So many changed paths are looked at alone; more, and the whole source is."""

_log = structlog.get_logger(__name__)


class Submit(Protocol):
    """Queues a sync (`Worker.submit`)."""

    def __call__(
        self, source: str, *, reconcile: bool = False, paths: frozenset[str] = frozenset()
    ) -> object:
        """See `Worker.submit`."""


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
    ) -> None:
        """Starts the thread.

        Args:
            catalogue: where the sources are.
            submit: queues a sync.
            reconcile_hours: how often all content is compared; 0 never.
            look_s: how often the sources are read anew.
            clock: seconds that never go backwards.
        """
        self._catalogue = catalogue
        self._submit = submit
        self._reconcile_s = 3600 * reconcile_hours
        self._look_s = look_s
        self._clock = clock
        self._watchers: dict[str, tuple[Path, Watcher]] = {}
        self._due: dict[tuple[str, str], tuple[float, float]] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedule", daemon=True)
        self._thread.start()

    def outlook(self, name: str) -> Outlook:
        """What a source can expect."""
        now = self._clock()
        with self._lock:
            found = self._watchers.get(name)
            dues = [self._due.get((name, what)) for what in ("look", "reconcile")]
        look, reconcile = (None if due is None else max(0.0, due[1] - now) for due in dues)
        if found is None:
            return Outlook(False, "", look, reconcile)
        return Outlook(found[1].watching, found[1].error, look, reconcile)

    def close(self) -> None:
        """Ends the thread and every watcher."""
        self._stop.set()
        self._thread.join()
        for _, watcher in self._watchers.values():
            watcher.close()
        self._watchers.clear()

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
        self._watch({one.source.name: Path(one.source.path) for one in found if one.source.watch})
        wanted: set[tuple[str, str]] = set()
        for one in found:
            name = one.source.name
            if interval := self._interval(one):
                wanted.add((name, "look"))
                if self._is_due((name, "look"), interval, one.synced_at or one.created_at):
                    self._queue(name)
            if self._reconcile_s and name != sources.UPLOADS:
                wanted.add((name, "reconcile"))
                last = one.reconciled_at or one.created_at
                if self._is_due((name, "reconcile"), self._reconcile_s, last):
                    self._queue(name, reconcile=True)
        with self._lock:
            for gone in set(self._due) - wanted:
                del self._due[gone]

    def _interval(self, one: Timing) -> float | None:
        """Seconds between looks at a whole source; None if it is looked at only when told."""
        watcher = self._watchers.get(one.source.name)
        unwatched = watcher is not None and not watcher[1].watching and watcher[1].error
        if one.source.interval_s is None:
            return UNWATCHED_S if unwatched else None
        return float(one.source.interval_s)

    def _is_due(self, key: tuple[str, str], every_s: float, last: datetime) -> bool:
        """Whether the time has come; if so, the next one is `every_s` from now."""
        now = self._clock()
        with self._lock:
            known = self._due.get(key)
            if known is None or known[0] != every_s:
                # A time of day in the future is a clock that was set back since: wait once.
                passed = max(0.0, (datetime.now(UTC) - last).total_seconds())
                known = (every_s, now + max(0.0, every_s - passed))
            due = known[1] <= now
            self._due[key] = (every_s, now + every_s) if due else known
            return due

    def _watch(self, wanted: dict[str, Path]) -> None:
        with self._lock:
            stale = [name for name, (root, _) in self._watchers.items() if wanted.get(name) != root]
            ended = [self._watchers.pop(name)[1] for name in stale]
            new = {name: root for name, root in wanted.items() if name not in self._watchers}
        for watcher in ended:
            watcher.close()
        for name, root in new.items():
            watcher = Watcher(root, lambda paths, name=name: self._changed(name, paths))  # type: ignore[misc]
            with self._lock:
                self._watchers[name] = (root, watcher)
            self._queue(name)  # what changed while nobody watched

    def _changed(self, name: str, paths: frozenset[str] | None) -> None:
        if paths is None or len(paths) > FEW_PATHS:
            self._queue(name)
        else:
            self._queue(name, paths=paths)

    def _queue(
        self, name: str, *, reconcile: bool = False, paths: frozenset[str] = frozenset()
    ) -> None:
        try:
            self._submit(name, reconcile=reconcile, paths=paths)
        except IngestError as exc:  # removed meanwhile, or the disk is full: the job says so, too
            _log.warning("a sync could not be queued", source=name, reason=str(exc))
