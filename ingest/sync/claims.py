"""The files that a sync has in work, and which of them must be taken with care.

A file that was in work when an earlier process died is under suspicion: it is taken alone, after
all the others, so that only the guilty one counts up and everything else is indexed before. One
that was begun three times and never ended is set aside until its content changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.jobs import leases
from ingest.store.catalogue.jobs.leases import Claim

MOST_TRIES = 3

SET_ASIDE = (
    "set aside: indexing it ended the process three times; it is tried again when it changes"
)


@dataclass(frozen=True, slots=True)
class ClaimedFiles:
    """What one sync of a source has claimed. All methods may be called by any thread.

    `hashes` are the content hashes of the files to be indexed, by path; `tries` says how often
    each of them was begun before by a process that died (files without such a past are left out).
    """

    catalogue: Catalogue
    source: str
    worker: str
    hashes: Mapping[str, str]
    tries: Mapping[str, int] = field(default_factory=dict)
    left_behind: bool = False

    @classmethod
    def of(
        cls, catalogue: Catalogue, source: str, worker: str, hashes: Mapping[str, str]
    ) -> ClaimedFiles:
        """Nothing claimed yet; what earlier processes left behind is looked at.

        The caller is the only one who indexes these files now.
        """
        with catalogue.read() as connection:
            left = leases.of_source(connection, source)
        counted = {
            path: leases.begun(left, path, hashes[path], worker) for path in left if path in hashes
        }
        tries = {path: count for path, count in counted.items() if count}
        return cls(catalogue, source, worker, hashes, tries, bool(left))

    def set_aside(self) -> list[str]:
        """The files that ended the process too often."""
        return [path for path, count in self.tries.items() if count >= MOST_TRIES]

    def suspects(self) -> list[str]:
        """The files that are to be taken one at a time, the most suspicious last."""
        some = [path for path, count in self.tries.items() if count < MOST_TRIES]
        return sorted(some, key=lambda path: (self.tries[path], path))

    def claim(self, paths: Sequence[str]) -> None:
        """These files are begun now."""
        taken = [
            Claim(path, self.hashes[path], self.worker, self.tries.get(path, 0) + 1)
            for path in paths
        ]
        with self.catalogue.write() as tx:
            leases.take(tx, self.source, taken)

    def let_go(self) -> None:
        """What was claimed and has not ended is free again; suspects not reached stay suspects."""
        if self.hashes:
            with self.catalogue.write() as tx:
                leases.release_all(tx, self.source, self.worker)

    def forget(self) -> None:
        """The source is up to date: whatever is still claimed is of files that are gone."""
        if self.hashes or self.left_behind:
            with self.catalogue.write() as tx:
                leases.release_all(tx, self.source)
