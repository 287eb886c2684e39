"""The folders that are watched now, one watcher each; what they tell becomes a sync."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from ingest.jobs.watching.watcher import Watcher
from ingest.sources.folder import FolderOptions
from ingest.sources.walk import wanted as is_wanted
from ingest.store.catalogue import sources
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.documents.known import known_below

FEW_PATHS = 50
"""So many changed paths are looked at alone; more, and the whole source is."""

SOME_PATHS = 2000
"""More than this, and it is not even asked whether they concern the source."""


class Submit(Protocol):
    """Queues a sync (`Worker.submit`)."""

    def __call__(
        self, source: str, *, reconcile: bool = False, paths: frozenset[str] = frozenset()
    ) -> object:
        """See `Worker.submit`."""


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


class WatchedFolders:
    """Watchers by source. Close them before whoever takes the syncs."""

    def __init__(self, catalogue: Catalogue, submit: Submit, retry_s: float) -> None:
        """A folder that is not there is looked for again after `retry_s`."""
        self._catalogue = catalogue
        self._submit = submit
        self._retry_s = retry_s
        self._watchers: dict[str, tuple[_View, Watcher]] = {}
        self._lock = threading.Lock()

    def of(self, name: str) -> Watcher | None:
        """The watcher of a source, None if it is not watched."""
        with self._lock:
            found = self._watchers.get(name)
        return None if found is None else found[1]

    def keep(self, watched: Iterable[sources.Source]) -> None:
        """Watches these sources and no others; one that was changed is watched anew."""
        wanted = {one.name: _View.of(one) for one in watched}
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

    def close(self) -> None:
        """Ends every watcher."""
        for _, watcher in self._watchers.values():
            watcher.close()
        self._watchers.clear()

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
