"""A writer of passages that outlives the failures of tantivy's own.

A failed write (a full disk) costs tantivy's writer all that was not committed, other threads'
passages too. So these are remembered until a commit has succeeded, and given to the next writer
again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import structlog
import tantivy

from ingest.errors import CannotWrite
from ingest.store.index.words.fields import document_of
from ingest.store.index.words.queries import of_chunks
from ingest.store.precedence import started_behind
from ingest.types import IndexRow

_WRITER_BYTES = 64_000_000

_MOST_WAITING = 20_000
"""More uncommitted passages than this are committed early, so that memory stays bounded."""

_log = structlog.get_logger(__name__)


class PassageWriter:
    """Writes one tantivy index. Thread-safe."""

    def __init__(self, index: tantivy.Index, folder: Path) -> None:
        """Takes the index for itself.

        Raises:
            ValueError, OSError: what tantivy raises where it cannot write.
        """
        self._index = index
        self._schema = index.schema
        self._folder = folder
        self._waiting: dict[int, tuple[IndexRow, datetime] | None] = {}
        self._lock = threading.Lock()
        self._writer: tantivy.IndexWriter | None = self._new_writer()

    def add(self, rows: Sequence[IndexRow], modified: Sequence[datetime]) -> None:
        """Adds passages; an id that is there already is replaced.

        Raises:
            CannotWrite: the disk is full or read-only.
        """
        new = list(zip(rows, modified, strict=True))
        with self._lock:
            self._write(lambda: self._put(new))
            self._waiting.update((row.chunk_id, (row, moment)) for row, moment in new)
            if len(self._waiting) > _MOST_WAITING:
                self._write(self._commit)

    def remove(self, chunk_ids: Sequence[int]) -> None:
        """Takes passages out; unknown ids are ignored."""
        with self._lock:
            self._write(lambda: self._delete(chunk_ids))
            self._waiting.update(dict.fromkeys(chunk_ids))

    def commit(self) -> None:
        """Makes additions and removals durable and visible to searches.

        Raises:
            CannotWrite: the disk is full or read-only; a later commit tries everything again.
        """
        with self._lock:
            self._write(self._commit)

    def close(self) -> None:
        """Finishes writing and lets the index go."""
        try:
            with self._lock:
                self._write(self._commit)
                self._write(lambda: self._open_writer.wait_merging_threads())
        except CannotWrite as exc:  # the next start writes what is missing from the catalogue
            _log.warning("the lexical index was not closed", error=str(exc))

    def _write(self, work: Callable[[], None]) -> None:
        """Does `work` with a writer that lives; the caller holds the lock.

        A writer may have died unseen, of a disk that was full a while ago: so a second one is
        tried before that is an error.
        """
        for last in (False, True):
            try:
                if self._writer is None:
                    self._writer = self._new_writer()
                    self._delete(list(self._waiting))
                    self._put([one for one in self._waiting.values() if one])
                work()
                return
            except (ValueError, OSError) as exc:
                # Its end frees tantivy's lock on the folder, so nothing else may hold on to it.
                self._writer = None
                if last:
                    raise CannotWrite.because("the lexical index", self._cause(exc)) from exc

    def _cause(self, exc: Exception) -> Exception:
        """What the disk says where tantivy only says that its writer was killed."""
        if CannotWrite.explains(exc):
            return exc
        trial = self._folder / "trial"
        try:
            trial.write_bytes(bytes(1 << 16))
        except OSError as cause:
            return cause
        finally:
            with suppress(OSError):
                trial.unlink(missing_ok=True)
        return exc

    def _new_writer(self) -> tantivy.IndexWriter:
        return started_behind(lambda: self._index.writer(_WRITER_BYTES, 1))

    @property
    def _open_writer(self) -> tantivy.IndexWriter:
        assert self._writer is not None
        return self._writer

    def _commit(self) -> None:
        self._open_writer.commit()
        self._index.reload()
        self._waiting.clear()

    def _put(self, rows: Sequence[tuple[IndexRow, datetime]]) -> None:
        self._delete([row.chunk_id for row, _ in rows])
        for row, moment in rows:
            self._open_writer.add_document(document_of(row, moment))

    def _delete(self, chunk_ids: Sequence[int]) -> None:
        # By query, since tantivy 0.27 takes a Python int for another type of term here and then
        # silently deletes nothing (`delete_documents_by_term` on an unsigned field).
        if chunk_ids:
            self._open_writer.delete_documents_by_query(of_chunks(self._schema, chunk_ids))
