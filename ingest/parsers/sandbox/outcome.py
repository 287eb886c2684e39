"""What parsing one file may cost, and how it ended: what crosses between the two processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from ingest.types import DocumentState, ParsedDocument

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """What one file may cost: wall time, memory of its parser beyond an idle one's, file size."""

    seconds: float = 60
    memory_mb: int = 1024
    file_mb: int = 100


@dataclass(frozen=True, slots=True)
class ParseOutcome(Generic[T]):
    """How parsing a file ended.

    `reason` is for a person: why there is no document, or what is missing in one ("2 of 9 pages
    have no text layer"), else "". `document` is there only when the state is INDEXED, `extra` is
    then what the pool's `after` made of it.
    """

    state: DocumentState
    reason: str
    document: ParsedDocument | None = None
    extra: T | None = None


def too_much_memory(limit_mb: int) -> str:
    """The reason for a file whose parser was stopped by the memory limit."""
    return f"parsing needed more than {limit_mb} MB of memory (setting: parse_memory_mb)"


def too_long(seconds: float | None) -> str:
    """The reason for a file whose parser was stopped by the time limit (None: by the kernel)."""
    limit = "the time limit" if seconds is None else f"{seconds:g} s"
    return f"parsing took longer than {limit} and was stopped (setting: parse_timeout_s)"
