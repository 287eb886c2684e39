"""What a sync is asked to do, and how far it has come."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from ingest.store.catalogue.jobs.records import COUNTS, Failure
from ingest.sync.plan import Plan
from ingest.types import (
    DocumentState,
)


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """How a sync is to be done.

    `force` reads again what has not changed; `reconcile` looks at the content of every file, so
    that one which changed without its size or time is found; `paths` (of a folder) are the only
    files, and folders with what is below them, that are looked at.
    """

    dry_run: bool = False
    force: bool = False
    allow_mass_delete: bool = False
    reconcile: bool = False
    paths: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Options that come back from JSON have lists."""
        object.__setattr__(self, "paths", tuple(self.paths))


@dataclass(slots=True)
class Progress:
    """How far a sync has come; the same object is updated and shown again and again.

    `stage` is what is being done just now, for people. `seconds` is the time spent by stage
    (`plan`, `parse`, `embed`, `write`), for benchmarks.
    """

    stage: str = "planning"
    total: int = 0
    done: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    failures: list[Failure] = field(default_factory=list)
    plan: Plan | None = None
    chunks: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    def fail(self, path: str, state: DocumentState, reason: str) -> None:
        """A file gave no text."""
        self.counts["failed"] += 1
        self.failures.append(Failure(path, state.value, reason))

    def spent(self, stage: str, since: float) -> None:
        """Adds the time since `since` (a `perf_counter` reading) to a stage."""
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - since
