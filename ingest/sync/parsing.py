"""Files parsed in worker processes, in batches that are worth a transaction."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from ingest.parsers.sandbox.pool import ParserPool
from ingest.sources.interface import Connector
from ingest.store.catalogue.database.batches import in_parts
from ingest.store.catalogue.jobs.progress import Progress
from ingest.store.precedence import Precedence
from ingest.sync.batch import BATCH_FILES, FileToIndex, ParsedFile
from ingest.sync.claims import ClaimedFiles
from ingest.sync.prepare import Prepared

BATCH_CHUNKS = 2000

BATCH_SHARE_BESIDE_QUESTIONS = 0.1
"""How large batches are while somebody asks: each holds the catalogue's write lock for its time."""

CLAIMED_AT_ONCE = 128


def parsed_batches(
    pool: ParserPool[Prepared],
    connector: Connector,
    wanted: Sequence[FileToIndex],
    claimed: ClaimedFiles,
    progress: Progress,
    precedence: Precedence,
) -> Generator[list[ParsedFile], None, None]:
    """Parsed files in batches that are worth a transaction; parsing goes on meanwhile.

    Each is claimed before. Files that were in work when a process died come last, one by one.
    """
    batch: list[ParsedFile] = []
    chunks = 0
    ordinary = [one for one in wanted if one.found.path not in claimed.tries]
    progress.stage = "parsing"
    began = time.perf_counter()
    with closing(pool.parse_many(_claiming(claimed, connector, ordinary))) as outcomes:
        for one, outcome in zip(ordinary, outcomes, strict=True):
            batch.append(ParsedFile(one, outcome))
            chunks += len(outcome.extra.chunks) if outcome.extra else 0
            share = BATCH_SHARE_BESIDE_QUESTIONS if precedence.recent else 1.0
            if len(batch) >= share * BATCH_FILES or chunks >= share * BATCH_CHUNKS:
                progress.spent("parse", began)
                yield batch
                batch, chunks = [], 0
                progress.stage = "parsing"
                began = time.perf_counter()
    progress.spent("parse", began)
    if batch:
        yield batch
    by_path = {one.found.path: one for one in wanted}
    for path in claimed.suspects():
        claimed.claim([path])
        progress.stage = "parsing"
        yield [ParsedFile(by_path[path], pool.parse(connector.read(path), path))]


def _claiming(
    claimed: ClaimedFiles, connector: Connector, wanted: Sequence[FileToIndex]
) -> Iterator[tuple[Path, str]]:
    """Files with their names, claimed some at a time just before they are drawn for parsing."""
    for some in in_parts(wanted, CLAIMED_AT_ONCE):
        claimed.claim([one.found.path for one in some])
        for one in some:
            yield connector.read(one.found.path), one.found.path
