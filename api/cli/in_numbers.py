"""Numbers of things as people say them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def counted(number: int, one: str, many: str | None = None) -> str:
    """ "no files", "1 file" or "71 files"; `many` is the plural where it is not `one` with an s."""
    said = one if number == 1 else many or f"{one}s"
    return f"{number or 'no'} {said}"


def speed(rate: float | None, one: str = "file") -> str:
    """So many a second, or a minute where it is slow; "" when not known or hardly any."""
    if not rate:
        return ""
    if rate >= 0.95:
        return f"{counted(round(rate), one)}/s"
    per_minute = round(60 * rate)
    return f"{counted(per_minute, one)}/min" if per_minute else ""


def time_to_go(seconds: float | None) -> str:
    """Seconds as people say them; "" when not known."""
    if seconds is None:
        return ""
    if seconds < 1:
        return "less than 1 s"
    minutes = round(seconds / 60)
    if minutes < 2:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.0f} h"


def job_name(job: Mapping[str, Any]) -> str:
    """Whose job it is: a source's, or that of a generation of the index."""
    return str(job["source"] or f"generation {job['generation']}")


def job_unit(job: Mapping[str, Any]) -> str:
    """What a job counts."""
    return "document" if job.get("kind") == "generation" else "file"
