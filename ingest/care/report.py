"""What a check found, for people and machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.care.differences import KINDS

SHOWN = 5

Problems = dict[str, set[Any]]
"""Ids by what is wrong with them (`differences.KINDS`): chunk ids, or names of files."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found: ids (chunk ids; document paths for uploads) by what is wrong.

    `left` is what of it is still wrong: all of it, unless it was to be mended.
    """

    passages: int
    found: Mapping[str, frozenset[Any]] = field(default_factory=dict)
    left: Mapping[str, frozenset[Any]] = field(default_factory=dict)
    mended: bool = False

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong (any more)."""
        return not self.left

    def to_json(self) -> dict[str, Any]:
        """For the API and `--json`."""
        return {
            "clean": self.clean,
            "passages": self.passages,
            "mended": self.mended,
            "problems": [
                {
                    "kind": kind,
                    "meaning": KINDS[kind],
                    "count": len(ids),
                    "left": len(self.left.get(kind, ())),
                    "examples": sorted(ids)[:SHOWN],
                }
                for kind, ids in sorted(self.found.items())
            ],
        }
