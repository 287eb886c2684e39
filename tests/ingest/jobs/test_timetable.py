"""What is done again and again comes when it is due, by a clock that never jumps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ingest.jobs.timetable import Timetable

KEY = ("handbook", "look")


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def _due(times: Timetable, last: datetime, *, free: bool = True, every_s: float = 60) -> bool:
    return times.is_due(KEY, every_s, last, free=free, again_s=10)


def test_it_comes_once_the_interval_has_passed_since_the_last_time() -> None:
    """However it came to that last time; what was before this process started counts."""
    clock = _Clock()
    times = Timetable(clock, jitter=0)
    last = datetime.now(UTC) - timedelta(seconds=45)
    assert not _due(times, last)
    assert 10 < (times.left_s(KEY) or 0) <= 15
    clock.now = 15
    assert _due(times, last)
    assert not _due(times, datetime.now(UTC))
    assert 50 < (times.left_s(KEY) or 0) <= 60


def test_a_source_that_is_at_work_lets_it_wait() -> None:
    """It is still due when the source is free, and comes again if it was not done."""
    clock = _Clock()
    times = Timetable(clock, jitter=0)
    last = datetime.now(UTC) - timedelta(hours=1)
    assert not _due(times, last, free=False)
    assert _due(times, last)
    assert not _due(times, last)
    clock.now = 10
    assert _due(times, last)


def test_a_clock_that_was_set_back_is_waited_for_once() -> None:
    """A last time in the future is now, and not a year of silence."""
    clock = _Clock()
    times = Timetable(clock, jitter=0)
    last = datetime.now(UTC) + timedelta(days=365)
    assert not _due(times, last)
    clock.now = 60
    assert _due(times, last)


def test_what_is_no_longer_to_come_is_forgotten() -> None:
    """Sources that were removed, or intervals that were taken away."""
    times = Timetable(_Clock(), jitter=0)
    _due(times, datetime.now(UTC))
    times.keep_only({KEY})
    assert times.left_s(KEY) is not None
    times.keep_only(set())
    assert times.left_s(KEY) is None
