"""Keeping the live index true: checked and mended, rebuilt, and looked at after a crash."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import structlog

from ingest.care.check import SECOND_LOOK_S, check
from ingest.care.live import LiveGeneration
from ingest.care.repair import rebuild
from ingest.care.report import Report
from ingest.care.subject import Subject
from ingest.models.embedders.blind import Blind
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.exclusion import Exclusion

_log = structlog.get_logger(__name__)


class Upkeep:
    """One check or rebuild at a time. Thread-safe; close it before the index."""

    def __init__(
        self, catalogue: Catalogue, home: Path, live: LiveGeneration, exclusion: Exclusion
    ) -> None:
        """Of the live generation, and of the uploads below `home`."""
        self._catalogue = catalogue
        self._home = home
        self._live = live
        self._exclusion = exclusion
        self._one_at_a_time = threading.Lock()
        self._doing = ""
        self._unproved = ""
        self._closing = threading.Event()
        self._after_a_crash: threading.Thread | None = None

    def ready(self) -> str:
        """Empty when everything is whole, else what is still going on; questions work meanwhile."""
        embedder = self._live.embedder
        words_only = (
            f"the model {embedder.name} cannot be opened: questions go by words alone"
            if isinstance(embedder, Blind)
            else ""
        )
        return self._doing or self._unproved or words_only or self._live.index.state()

    def check(self, *, repair: bool = False, second_look_s: float = SECOND_LOOK_S) -> Report:
        """Compares both indexes with the catalogue, and mends them with `repair`."""
        with self._saying("the indexes are being mended" if repair else ""):
            report = check(
                self._subject(),
                repair=repair,
                still=self._exclusion.if_nobody_indexes,
                stop=self._closing,
                second_look_s=second_look_s,
            )
        if repair and "words_damaged" in report.left:
            report = replace(report, left=self._rebuild(lambda _done, _total: None).left)
        return report

    def rebuild(self, on_progress: Callable[[int, int], None]) -> int:
        """Builds both indexes anew from the catalogue; returns how many passages they hold.

        Syncs wait meanwhile; questions are answered from the old indexes until the new ones are
        whole.
        """
        return self._rebuild(on_progress).passages

    def check_after_a_crash(self) -> None:
        """Begins the whole check in the background; questions are answered meanwhile."""
        self._unproved = "the last run was not closed; the indexes are being checked"
        self._after_a_crash = threading.Thread(target=self._mend, name="check", daemon=True)
        self._after_a_crash.start()

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """While the block runs nothing is checked or rebuilt."""
        with self._one_at_a_time:
            yield

    def close(self) -> None:
        """Ends a check that is under way."""
        self._closing.set()
        if self._after_a_crash is not None:
            self._after_a_crash.join()

    def _rebuild(self, on_progress: Callable[[int, int], None]) -> Report:
        with self._exclusion.nobody_indexes(), self._saying("the indexes are being rebuilt"):
            now = self._live.now
            rebuild(self._catalogue, now.index, now.embedder, on_progress)
            # Rules that changed meanwhile, and documents that were removed, changed the old ones.
            return check(self._subject(), repair=True, second_look_s=0)

    def _subject(self) -> Subject:
        return Subject.of(self._catalogue, self._home, self._live.now)

    @contextmanager
    def _saying(self, doing: str) -> Iterator[None]:
        """One check or rebuild at a time; `ready` says so meanwhile."""
        with self._one_at_a_time:
            self._doing = doing
            try:
                yield
            finally:
                self._doing = ""

    def _mend(self) -> None:
        try:
            report = self.check(repair=True)
        except Exception as exc:  # a full disk: `footnote check` tells, and can be run again
            _log.error("the check after a crash failed", reason=str(exc))
            return
        finally:
            self._unproved = ""
        for problem in report.to_json()["problems"]:
            _log.warning("mended" if report.mended else "found", **problem)
