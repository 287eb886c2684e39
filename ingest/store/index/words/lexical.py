"""The lexical index: BM25 over analysed words, kept by tantivy (at home in this folder only).

Every passage is a tantivy document with the words of its title, headings, path and text in
fields of their own (BM25 with tantivy's k1 = 1.2 and b = 0.75, field by field), and integers to
filter by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import structlog
import tantivy

from ingest.errors import CannotWrite, IndexCorrupt
from ingest.store.index.interface import LANGUAGES, Filed, LexicalQuery
from ingest.store.index.words.checksums import damaged
from ingest.store.index.words.fields import schema
from ingest.store.index.words.queries import having, of_chunks, ranked
from ingest.store.index.words.writer import PassageWriter
from ingest.types import Hit, IndexRow, Scope

_log = structlog.get_logger(__name__)

T = TypeVar("T")


class LexicalIndex:
    """One tantivy index in a folder. One process writes; all methods are thread-safe.

    Attributes:
        unreadable: whether a search has met files that are damaged.
    """

    def __init__(self, folder: Path) -> None:
        """Opens the index in `folder`, or makes it.

        Raises:
            IndexCorrupt: what is there cannot be opened; rebuild it from the catalogue.
            CannotWrite: the disk is full, or the folder is read-only.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.unreadable = False
        try:
            self._index = tantivy.Index(schema(), path=str(folder))
            self._schema = self._index.schema
            self._writer = PassageWriter(self._index, folder)
            self._index.reload()
        except (ValueError, OSError) as exc:
            if CannotWrite.explains(exc):
                raise CannotWrite.because(f"the lexical index in {folder}", exc) from exc
            raise IndexCorrupt(
                f"the lexical index in {folder} cannot be opened ({exc}); "
                "it will be rebuilt from the catalogue"
            ) from exc

    def add(self, rows: Sequence[IndexRow], modified: Sequence[datetime]) -> None:
        """Adds passages; they are found after `commit`. An id that is there already is replaced."""
        self._writer.add(rows, modified)

    def remove(self, chunk_ids: Sequence[int]) -> None:
        """Takes passages out; unknown ids are ignored. Effective after `commit`."""
        self._writer.remove(chunk_ids)

    def commit(self) -> None:
        """Makes additions and removals durable and visible to searches.

        Raises:
            CannotWrite: the disk is full or read-only; a later commit tries everything again.
        """
        self._writer.commit()

    def search(
        self, query: LexicalQuery, scope: Scope, limit: int, *, of_any_class: bool = False
    ) -> list[Hit]:
        """The best `limit` passages inside `scope`, best first.

        With `of_any_class` the scope's access classes are not looked at: the caller leaves out
        what may not be read.
        """
        if query.empty or not scope.classes:
            return []
        wanted = ranked(self._schema, query, scope, of_any_class=of_any_class)
        return self._read(lambda: self._hits(wanted, limit), [])

    def frequency(self, term: str) -> int:
        """How many passages hold `term` in their text."""
        return self._read(lambda: self._index.searcher().doc_freq("body", term), 0)

    def count(self) -> int:
        """How many passages are in the index."""
        return int(self._index.searcher().num_docs)

    def chunk_ids(self) -> list[int]:
        """Every id in the index (for checking it against the catalogue)."""
        searcher = self._index.searcher()
        total = int(searcher.num_docs)
        if total == 0:
            return []
        found = searcher.search(tantivy.Query.all_query(), limit=total, count=False).hits
        values = searcher.fast_field_values("chunk_id", [address for _, address in found])
        return [int(value) for value in values if value is not None]

    def filed(
        self, ids: range | Sequence[int], sources: Iterable[str]
    ) -> tuple[dict[int, Filed], set[int]]:
        """How passages are filed (for the check), and which are there twice.

        A source that is none of `sources` is given as "", like a language nobody knows.
        """
        searcher = self._index.searcher()
        total = max(1, int(searcher.num_docs))
        wanted = of_chunks(self._schema, ids)

        def column_of(query: tantivy.Query, *names: str) -> list[list[int]]:
            places = [place for _, place in searcher.search(query, total, count=False).hits]
            columns = [searcher.fast_field_values(name, places) for name in names]
            return [[int(value or 0) for value in column] for column in columns]

        def labelled(name: str, value: str) -> list[int]:
            return column_of(having(self._schema, wanted, name, value), "chunk_id")[0]

        chunk_ids, classes, modified = column_of(wanted, "chunk_id", "access_class", "modified")
        language = {one: name for name in LANGUAGES for one in labelled("language", name)}
        source = {one: name for name in sources for one in labelled("source", name)}
        found: dict[int, Filed] = {}
        twice: set[int] = set()
        for one, access_class, seconds in zip(chunk_ids, classes, modified, strict=True):
            if one in found:
                twice.add(one)
            found[one] = Filed(access_class, language.get(one, ""), source.get(one, ""), seconds)
        return found, twice

    def damaged(self) -> list[str]:
        """Which of its files are not as they were written."""
        return damaged(self._folder)

    def close(self) -> None:
        """Finishes writing and lets the index go."""
        self._writer.close()

    def _hits(self, wanted: tantivy.Query, limit: int) -> list[Hit]:
        searcher = self._index.searcher()
        found = searcher.search(wanted, limit=limit, count=False).hits
        ids = searcher.fast_field_values("chunk_id", [address for _, address in found])
        return [
            Hit(int(chunk_id), float(score))
            for chunk_id, (score, _) in zip(ids, found, strict=True)
            if chunk_id is not None
        ]

    def _read(self, look: Callable[[], T], nothing: T) -> T:
        """What `look` finds; `nothing` where the files turn out to be damaged.

        A question then goes by meaning alone, instead of failing.
        """
        try:
            return look()
        except BaseException as exc:  # tantivy's panics are no `Exception`
            if not isinstance(exc, ValueError | OSError) and type(exc).__name__ != "PanicException":
                raise
            if not self.unreadable:
                _log.error("the lexical index cannot be read; run footnote rebuild", error=str(exc))
            self.unreadable = True
            return nothing
