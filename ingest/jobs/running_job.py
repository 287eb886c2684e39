"""One run of a job: what it adds to what earlier runs of the same job had done."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ingest.store.catalogue.jobs import records
from ingest.store.catalogue.jobs.progress import Progress
from ingest.store.catalogue.jobs.records import Failure, Job

HELD_UP = "questions are answered first"


@dataclass(slots=True)
class RunningJob:
    """A job as it was when this run of it began, and how far the run is.

    A job that was paused or interrupted goes on with its counts: what an earlier run published
    is unchanged for this one, and is counted as what it was then.
    """

    job: Job
    progress: Progress | None = None
    began: float = field(default_factory=time.monotonic)

    def so_far(self) -> Job:
        """The job as far as it has come, all its runs together."""
        now = self.progress
        assert now is not None
        earlier = self._earlier()
        failures = {one.path: one for one in (*earlier.failures, *now.failures)}
        counts = {name: earlier.counts[name] + count for name, count in now.counts.items()}
        counts["failed"] = len(failures)
        counts["unchanged"] = max(0, now.counts["unchanged"] - _indexed(earlier.counts))
        return replace(
            self.job,
            total=earlier.done + now.total,
            done=earlier.done + now.done,
            counts=counts,
            failures=tuple(failures.values()),
            stage=now.stage,
        )

    def seen(self, job: Job, *, held_up: bool) -> Job:
        """The job with what is going on just now; `held_up` when questions go first."""
        now = self.progress
        if now is None:
            return job
        seconds = time.monotonic() - self.began
        return replace(
            job,
            stage=now.stage,
            waiting=HELD_UP if held_up else "",
            pace=now.done / seconds if now.done and seconds > 0 else None,
        )

    def _earlier(self) -> Job:
        """What earlier runs did; nothing counts of a forced one, which does everything again."""
        if self.job.options.get("force"):
            nothing: tuple[Failure, ...] = ()
            return replace(
                self.job, counts=dict.fromkeys(records.COUNTS, 0), done=0, failures=nothing
            )
        return self.job


def _indexed(counts: Mapping[str, int]) -> int:
    """How many files an earlier run had brought up to date, which are unchanged from then on."""
    return counts["added"] + counts["changed"] + counts["moved"] + counts["failed"]
