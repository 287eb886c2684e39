"""The lexical index: BM25 over analysed words, kept by tantivy (its only home).

Every passage is a tantivy document with the words of its title, headings, path and text in
fields of their own (BM25 with tantivy's k1 = 1.2 and b = 0.75, field by field), and integers to
filter by. Words come analysed from `ingest.analyse`; tantivy only splits at white space.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import structlog
import tantivy

from ingest.errors import CannotWrite, IndexCorrupt
from ingest.store.index.interface import Filed, LexicalQuery
from ingest.store.index.vectors.matrix import LANGUAGES
from ingest.store.index.words.checksums import damaged
from ingest.store.precedence import started_behind
from ingest.text.words import analysed
from ingest.types import Hit, IndexRow, Scope

FIELD_BOOSTS: Mapping[str, float] = {"body": 1.0, "headings": 0.35, "title": 0.35, "path": 0.1}
"""How much a word counts by where it stands. Title and headings are in every chunk of a document,
so they choose the document and the text chooses the passage."""

_WRITER_BYTES = 64_000_000

_MOST_WAITING = 20_000
"""More uncommitted passages than this are committed early, so that memory stays bounded."""


_log = structlog.get_logger(__name__)

T = TypeVar("T")


class LexicalIndex:
    """One tantivy index in a folder. One process writes; all methods are thread-safe.

    A failed write (a full disk) costs tantivy's writer all that was not committed, other threads'
    passages too. So these are remembered until a commit has succeeded, and given to the next
    writer again.
    """

    def __init__(self, folder: Path) -> None:
        """Opens the index in `folder`, or makes it.

        Raises:
            IndexCorrupt: what is there cannot be opened; rebuild it from the catalogue.
            CannotWrite: the disk is full, or the folder is read-only.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._waiting: dict[int, tuple[IndexRow, datetime] | None] = {}
        self._lock = threading.Lock()
        self.unreadable = False
        try:
            self._index = tantivy.Index(_schema(), path=str(folder))
            self._schema = self._index.schema
            self._writer: tantivy.IndexWriter | None = self._new_writer()
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
        new = list(zip(rows, modified, strict=True))
        with self._lock:
            self._write(lambda: self._put(new))
            self._waiting.update((row.chunk_id, (row, moment)) for row, moment in new)
            if len(self._waiting) > _MOST_WAITING:
                self._write(self._commit)

    def remove(self, chunk_ids: Sequence[int]) -> None:
        """Takes passages out; unknown ids are ignored. Effective after `commit`."""
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

    def search(
        self, query: LexicalQuery, scope: Scope, limit: int, *, of_any_class: bool = False
    ) -> list[Hit]:
        """The best `limit` passages inside `scope`, best first.

        With `of_any_class` the scope's access classes are not looked at: the caller leaves out
        what may not be read.
        """
        if query.empty or not scope.classes:
            return []
        wanted = self._query(query, self._filters(scope, of_any_class=of_any_class))
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
        if isinstance(ids, range):
            wanted = tantivy.Query.range_query(
                self._schema,
                "chunk_id",
                tantivy.FieldType.Unsigned,
                lower_bound=ids.start,
                upper_bound=ids.stop,
                include_upper=False,
            )
        else:
            wanted = tantivy.Query.term_set_query(self._schema, "chunk_id", list(ids))

        def column_of(query: tantivy.Query, *names: str) -> list[list[int]]:
            places = [place for _, place in searcher.search(query, total, count=False).hits]
            columns = [searcher.fast_field_values(name, places) for name in names]
            return [[int(value or 0) for value in column] for column in columns]

        def having(name: str, value: str) -> list[int]:
            term = tantivy.Query.term_query(self._schema, name, value)
            both = [(tantivy.Occur.Must, one) for one in (wanted, term)]
            return column_of(tantivy.Query.boolean_query(both), "chunk_id")[0]

        chunk_ids, classes, modified = column_of(wanted, "chunk_id", "access_class", "modified")
        language = {one: name for name in LANGUAGES for one in having("language", name)}
        source = {one: name for name in sources for one in having("source", name)}
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

    def _put(self, rows: Sequence[tuple[IndexRow, datetime]]) -> None:
        self._delete([row.chunk_id for row, _ in rows])
        for row, moment in rows:
            self._open_writer.add_document(_document(row, moment))

    def _delete(self, chunk_ids: Sequence[int]) -> None:
        # By query, since tantivy 0.27 takes a Python int for another type of term here and then
        # silently deletes nothing (`delete_documents_by_term` on an unsigned field).
        if chunk_ids:
            wanted = tantivy.Query.term_set_query(self._schema, "chunk_id", list(chunk_ids))
            self._open_writer.delete_documents_by_query(wanted)

    def _query(self, query: LexicalQuery, filters: Sequence[tantivy.Query]) -> tantivy.Query:
        should = [
            (tantivy.Occur.Should, self._term(field, term, weight * boost))
            for field, boost in FIELD_BOOSTS.items()
            for weighted in (query.native, query.translated)
            for term, weight in weighted.items()
        ]
        wanted = tantivy.Query.boolean_query(should)
        if not filters:  # tantivy then skips what cannot be among the best
            return wanted
        must = [(tantivy.Occur.Must, filter_) for filter_ in filters]
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, wanted), *must])

    def _term(self, field: str, term: str, weight: float) -> tantivy.Query:
        query = tantivy.Query.term_query(self._schema, field, term, index_option="freq")
        return tantivy.Query.boost_query(query, weight)

    def _filters(self, scope: Scope, *, of_any_class: bool) -> list[tantivy.Query]:
        filters = []
        if not of_any_class:
            filters.append(
                tantivy.Query.term_set_query(self._schema, "access_class", sorted(scope.classes))
            )
        if scope.sources is not None:
            filters.append(
                tantivy.Query.term_set_query(self._schema, "source", sorted(scope.sources))
            )
        if scope.languages is not None:
            filters.append(
                tantivy.Query.term_set_query(self._schema, "language", sorted(scope.languages))
            )
        if scope.modified_after is not None:
            filters.append(
                tantivy.Query.range_query(
                    self._schema,
                    "modified",
                    tantivy.FieldType.Integer,
                    lower_bound=round(scope.modified_after.timestamp()),
                    include_lower=False,
                )
            )
        return [tantivy.Query.const_score_query(one, 0.0) for one in filters]


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("chunk_id", fast=True, indexed=True)
    builder.add_unsigned_field("access_class", fast=True, indexed=True)
    builder.add_integer_field("modified", fast=True, indexed=True)
    for name in ("source", "language"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in FIELD_BOOSTS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    return builder.build()


def _document(row: IndexRow, modified: datetime) -> tantivy.Document:
    document = tantivy.Document()
    document.add_unsigned("chunk_id", row.chunk_id)
    document.add_unsigned("access_class", row.access_class)
    document.add_integer("modified", round(modified.timestamp()))
    document.add_text("source", row.source)
    document.add_text("language", row.language)
    document.add_text("title", _shared(row.title))
    document.add_text("headings", _shared(" . ".join(row.headings)))
    document.add_text("path", _shared(row.path.rsplit(".", 1)[0].replace("_", " ")))
    document.add_text("body", analysed(row.text) if row.terms is None else row.terms)
    return document


@lru_cache(maxsize=256)
def _shared(text: str) -> str:
    """The words of what many passages of one document have in common, analysed once."""
    return analysed(text)
