"""Watching a folder: which of its paths changed, as the operating system tells it.

Events are hints: they say where to look, and the sync that follows looks for itself. What no event
told of (a network share, a lost event) is found by the next look at the whole source.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import structlog

from ingest.jobs.watching.mounts import on_network
from ingest.sources.walk import is_litter

DEBOUNCE_MS = 1500
"""Changes are gathered for at most so long while they keep coming."""

STEP_MS = 250
"""A quiet time of this length ends the gathering."""

LOOK_MS = 500
"""How often it is made sure that the folder is still the one that is watched."""

POLL_MS = 10_000
"""How often all files are looked at where the system tells of no changes."""

RETRY_S = 5.0

_log = structlog.get_logger(__name__)


class Watcher:
    """Watches one folder in a thread of its own until it is closed.

    `error` says why no events arrive, if they do not; `lost` is whether the folder is not there.
    """

    def __init__(
        self,
        root: Path,
        on_change: Callable[[frozenset[str] | None], None],
        *,
        poll: bool = False,
        poll_ms: int = POLL_MS,
        retry_s: float = RETRY_S,
    ) -> None:
        """Begins to watch.

        Args:
            root: the folder.
            on_change: called with the changed paths (POSIX, relative), or with None when the whole
                folder has to be looked at: it is watched from now on, or events may be missing.
            poll: look at every file again and again, as is done on network file systems anyway.
            poll_ms: how often.
            retry_s: how soon a folder that is not there is looked for again.
        """
        self._root = root
        self._on_change = on_change
        self._poll = poll
        self._poll_ms = poll_ms
        self._retry_s = retry_s
        self._stop = threading.Event()
        self._watching = threading.Event()
        self.error = ""
        self.lost = False
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    @property
    def watching(self) -> bool:
        """Whether events arrive now."""
        return self._watching.is_set()

    def wait(self, timeout_s: float) -> bool:
        """Returns once events arrive; False if that took too long."""
        return self._watching.wait(timeout_s)

    def close(self) -> None:
        """Ends the thread."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._watch()
                self.error = f"{self._root} is not there, or is another folder now"
            except FileNotFoundError:
                self.error = f"{self._root} is not a folder (is the drive mounted?)"
            except Exception as exc:  # too many folders, a name not in UTF-8, a change not taken
                self.error = f"{self._root} cannot be watched ({exc})"
                _log.warning("a folder cannot be watched", error=str(exc))
            self.lost = not self._root.is_dir()
            self._watching.clear()
            self._stop.wait(self._retry_s)

    def _watch(self) -> None:
        """Passes events on until the folder is gone or replaced, or the watcher is closed."""
        from watchfiles import Change, watch

        polled = self._poll or on_network(self._root)
        identity = _identity(self._root)
        for changes in watch(
            self._root,
            watch_filter=None,
            debounce=DEBOUNCE_MS,
            step=STEP_MS,
            rust_timeout=LOOK_MS,
            yield_on_timeout=True,
            stop_event=self._stop,
            raise_interrupt=False,
            ignore_permission_denied=True,
            force_polling=True if polled else None,
            poll_delay_ms=self._poll_ms,
        ):
            if not self._watching.is_set():
                self._on_change(None)  # what changed while nobody watched
                self.error, self.lost = "", False
                self._watching.set()
            paths = frozenset(
                path
                for kind, changed in changes
                # A polled folder is modified when something in it comes or goes; that is told, too.
                if not (polled and kind is Change.modified and Path(changed).is_dir())
                and (path := self._relative(changed)) is not None
            )
            if "" in paths:
                self._on_change(None)
            elif paths:
                self._on_change(paths)
            if _identity(self._root) != identity:
                return

    def _relative(self, changed: str) -> str | None:
        """A changed path below the root; None for what is never indexed, "" for the root."""
        try:
            path = Path(changed).relative_to(self._root).as_posix()
            path.encode()
        except (ValueError, UnicodeEncodeError):
            return ""
        if path == ".":
            return ""
        return None if any(is_litter(part) for part in path.split("/")) else path


def _identity(root: Path) -> tuple[int, int]:
    """What tells a folder from another at the same place.

    Raises:
        FileNotFoundError: there is none.
    """
    about = root.stat()
    return about.st_dev, about.st_ino
