"""How far a job has come, while it runs."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Protocol

from ingest.store.catalogue.jobs.records import COUNTS, Failure
from ingest.types import DocumentState


class Planned(Protocol):
    """What a job is going to do (`ingest.sync.plan.Plan`)."""

    def summary(self) -> dict[str, Any]:
        """The plan as an admin sees it."""


@dataclass(slots=True)
class Progress:
    """How far a job has come; the same object is updated and shown again and again.

    `stage` is what is being done just now, for people. `seconds` is the time spent by stage
    (`plan`, `parse`, `embed`, `write`), for benchmarks.
    """

    stage: str = "planning"
    total: int = 0
    done: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    failures: list[Failure] = field(default_factory=list)
    plan: Planned | None = None
    chunks: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    def fail(self, path: str, state: DocumentState, reason: str) -> None:
        """A file gave no text."""
        self.counts["failed"] += 1
        self.failures.append(Failure(path, state.value, reason))

    def spent(self, stage: str, since: float) -> None:
        """Adds the time since `since` (a `perf_counter` reading) to a stage."""
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - since
