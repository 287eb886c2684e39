"""When sources are looked at without being told: on events, at intervals, and wholly once a day.

One thread keeps the times. It reads the sources anew whenever it wakes, so that one that was
added, changed, paused or removed is treated as it is now. Waiting is measured by a clock that
never jumps; the time of day counts only for what happened before this process started.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Protocol

import structlog

from ingest.errors import IngestError
from ingest.jobs.watch import RETRY_S, Watcher
from ingest.sources.folder import FolderOptions
from ingest.sources.walk import wanted as is_wanted
from ingest.store.catalogue import sources
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.documents.known import known_below
from ingest.store.catalogue.jobs import records

LOOK_S = 5.0
"""How often the sources are read anew."""

UNWATCHED_S = 60.0
"""How often a folder is looked at that is to be watched but cannot be."""

WATCHED_S = 3600.0
"""How often a watched folder is looked at wholly all the same: the system may lose events."""

COMPARE_AGAIN_S = 3600.0
"""How soon all content is compared again when that did not come to an end."""

FEW_PATHS = 50
"""So many changed paths are looked at alone; more, and the whole source is."""

SOME_PATHS = 2000
"""More than this, and it is not even asked whether they concern the source."""

JITTER = 0.05
"""Intervals are shorter by up to this share, so that sources part company."""

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


@dataclass(frozen=True, slots=True)
class _View:
    """What of a source its watcher depends on; another one, and it is watched anew."""

    root: Path
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    poll: bool

    @classmethod
    def of(cls, one: sources.Source) -> _View:
        poll = FolderOptions.model_validate(dict(one.options)).poll
        return cls(Path(one.path), tuple(one.include), tuple(one.exclude), poll)


@dataclass(frozen=True, slots=True)
class _Due:
    """When something comes next by the schedule's clock, and what that was reckoned from."""

    every_s: float
    last: datetime
    at: float


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
        self._clock = clock
        self._jitter = jitter
        self._retry_s = retry_s
        self._watchers: dict[str, tuple[_View, Watcher]] = {}
        self._due: dict[tuple[str, str], _Due] = {}
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
        look, reconcile = (None if due is None else max(0.0, due.at - now) for due in dues)
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
            at_work = {job.source for job in records.unfinished(connection)}
        self._watch({one.source.name: _View.of(one.source) for one in found if one.source.watch})
        wanted: set[tuple[str, str]] = set()
        for one in found:
            name = one.source.name
            free = name not in at_work
            if interval := self._interval(one.source):
                wanted.add((name, "look"))
                last = one.synced_at or one.created_at
                if self._is_due((name, "look"), interval, last, free=free):
                    self._queue(name)
            if self._reconcile_s and name != sources.UPLOADS:
                wanted.add((name, "reconcile"))
                last = one.reconciled_at or one.created_at
                if self._is_due((name, "reconcile"), self._reconcile_s, last, free=free):
                    self._queue(name, reconcile=True)
        with self._lock:
            for gone in set(self._due) - wanted:
                del self._due[gone]

    def _interval(self, one: sources.Source) -> float | None:
        """Seconds between looks at a whole source; None if it is looked at only when told."""
        if one.interval_s is not None:
            return float(one.interval_s)
        known = self._watchers.get(one.name)
        if known is None or known[1].lost:  # one that is lost is looked at when it comes back
            return None
        return UNWATCHED_S if known[1].error else WATCHED_S

    def _is_due(self, key: tuple[str, str], every_s: float, last: datetime, *, free: bool) -> bool:
        """Whether the time has come and the source is `free`; if so, the next one is set.

        That is `every_s` after `last`, in whatever way it came to that.
        """
        now = self._clock()
        with self._lock:
            due = self._due.get(key)
            if due is None or (due.every_s, due.last) != (every_s, last):
                # A time of day in the future is a clock that was set back since: wait once.
                passed = max(0.0, (datetime.now(UTC) - last).total_seconds())
                due = _Due(every_s, last, now + max(0.0, self._about(every_s) - passed))
            come = free and due.at <= now
            if come:
                again = min(every_s, COMPARE_AGAIN_S) if key[1] == "reconcile" else every_s
                due = replace(due, at=now + self._about(again))
            self._due[key] = due
            return come

    def _about(self, seconds: float) -> float:
        return seconds * random.uniform(1 - self._jitter, 1)

    def _watch(self, wanted: dict[str, _View]) -> None:
        with self._lock:
            stale = [name for name, (view, _) in self._watchers.items() if wanted.get(name) != view]
            ended = [self._watchers.pop(name)[1] for name in stale]
            new = {name: view for name, view in wanted.items() if name not in self._watchers}
        for watcher in ended:
            watcher.close()
        for name, view in new.items():
            told = partial(self._changed, name, view)
            watcher = Watcher(view.root, told, poll=view.poll, retry_s=self._retry_s)
            with self._lock:
                self._watchers[name] = (view, watcher)

    def _changed(self, name: str, view: _View, paths: frozenset[str] | None) -> None:
        """Queues a look where something changed; what cannot be queued is told anew (`Watcher`)."""
        if paths is not None and len(paths) <= SOME_PATHS:
            paths = self._concerning(name, view, paths)
            if not paths:
                return
        if paths is None or len(paths) > FEW_PATHS:
            self._submit(name)
        else:
            self._submit(name, paths=paths)

    def _concerning(self, name: str, view: _View, paths: frozenset[str]) -> frozenset[str]:
        """The paths that are wanted files, folders, or places where documents are known."""
        mine = {
            path
            for path in paths
            if is_wanted(path, view.include, view.exclude) or (view.root / path).is_dir()
        }
        with self._catalogue.read() as connection:
            mine |= {path for path in paths - mine if known_below(connection, name, [path])}
        return frozenset(mine)

    def _queue(self, name: str, *, reconcile: bool = False) -> None:
        try:
            self._submit(name, reconcile=reconcile)
        except IngestError as exc:  # removed meanwhile, or the disk is full: the job says so, too
            _log.warning("a sync could not be queued", source=name, reason=str(exc))
