"""What a sync is asked to do."""

from __future__ import annotations

from dataclasses import dataclass


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
