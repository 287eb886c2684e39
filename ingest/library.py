"""The open index of one process: catalogue, indexes, embedder and parsers, wired together."""

from __future__ import annotations

import os
import shutil
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import structlog
from filelock import FileLock, Timeout

from ingest.catalogue import access, documents, embeddings, reading, sources
from ingest.catalogue.engine import Catalogue
from ingest.catalogue.sources import UPLOADS, Source
from ingest.chunk import chunk_document, compose_embedded
from ingest.connectors import connect, copies_of
from ingest.connectors.interface import Connector
from ingest.embed import open_embedder
from ingest.errors import CatalogueError, HomeLocked, NotFound, SourceError
from ingest.index.interface import Labels
from ingest.index.local import LocalIndex
from ingest.models.static import StaticModel
from ingest.models.translations import Translations
from ingest.sandbox import ParseLimits, ParserPool
from ingest.settings import IngestSettings
from ingest.sync import Parts, Progress, SyncOptions, purge, relabel, sync
from ingest.turns import Turns
from ingest.types import Chunk, Scope

if TYPE_CHECKING:
    from collections.abc import Callable

_log = structlog.get_logger(__name__)


class Library:
    """Everything that indexing and answering share. One process opens a home folder at a time."""

    def __init__(self, settings: IngestSettings, *, graph: bool = True) -> None:
        """Opens the home folder, making it on first use, and repairs what a crash left behind.

        Raises:
            HomeLocked: another process has it open.
            CatalogueError: the folder or the catalogue cannot be used.
            EmbedError: the embedder named in the settings cannot be used.
        """
        self.settings = settings
        self._lock = _take_home(settings.home)
        try:
            self._marker = settings.home / "open"
            clean = not self._marker.exists()
            self._marker.touch()
            self.catalogue = Catalogue(settings.catalogue_url)
            self.static_model = StaticModel.load()
            self.translations = Translations.load()
            self.embedder = open_embedder(settings, self.static_model)
            self.index = self._open_index(clean, graph)
            self._pool: ParserPool[tuple[Chunk, ...]] | None = None
            self._pool_lock = threading.Lock()
            self.one_sync = threading.Lock()
            self.turns = Turns()
        except BaseException:
            self._lock.release()
            raise

    @classmethod
    def open(cls, settings: IngestSettings) -> Library:
        """See the constructor."""
        return cls(settings)

    def ready(self) -> str:
        """Empty when everything is whole, else what is still going on; questions work meanwhile."""
        return self.index.state()

    def sync(
        self,
        name: str,
        options: SyncOptions,
        on_progress: Callable[[Progress], None],
        stop: threading.Event,
    ) -> Progress:
        """Brings a source's documents up to its folder; one sync runs at a time.

        Raises:
            NotFound: there is no such source.
            SourceError: its folder cannot be used, or too much would be deleted.
        """
        with self.one_sync:
            with self.catalogue.read() as connection:
                source = sources.get(connection, name)
            return sync(self.parts(), source, options, on_progress, stop)

    def save_source(self, source: Source) -> None:
        """Adds or changes a source; changed access rules hold from this moment on.

        Raises:
            SourceError: there is no such kind, its options are wrong, or the place cannot be used.
                A place that is already a source is not looked at again: who may read it can be
                changed while it is down.
        """
        if source.name != UPLOADS:
            connector = self.connect(source)
            if source.watch and source.kind != "folder":
                raise SourceError("only a folder can be watched; give the source an interval")
            if self._moved(source):
                connector.check()
        with self.catalogue.write() as tx:
            sources.save(tx, source)
            changed: dict[str, int] = {}
            for known in documents.known_files(tx, source.name).values():
                groups = access.groups_for(known.path, source.access)
                class_id = access.class_of(tx, groups)
                if class_id != known.access_class:
                    changed[known.document_id] = class_id
            documents.set_access_classes(tx, changed)
        relabel(self.catalogue, self.index, list(changed))

    def remove_source(self, name: str) -> None:
        """Forgets a source; its documents are gone for every reader at once.

        Raises:
            NotFound: there is no such source.
        """
        with self.one_sync:
            with self.catalogue.write() as tx:
                sources.get(tx, name)
                known = documents.known_files(tx, name)
                documents.remove(tx, [one.document_id for one in known.values()])
                sources.remove(tx, name)
            purge(self.catalogue, self.index)
            shutil.rmtree(copies_of(self.settings.home, name), ignore_errors=True)

    def remove_document(self, document_id: str) -> None:
        """Deletes one document (an uploaded one with its file); it is gone at once.

        Raises:
            NotFound: there is no such document.
        """
        with self.catalogue.write() as tx:
            record = reading.document_record(tx, document_id, reading.everything(tx))
            documents.remove(tx, [document_id])
            if record.source == UPLOADS:
                (self._uploads() / record.path).unlink(missing_ok=True)
        purge(self.catalogue, self.index)

    def upload(self, path: str, data: bytes, groups: frozenset[str] | None) -> str:
        """Keeps a file under the home folder and indexes it; returns the document's id.

        `groups` are those who may read it: they become a rule for just this path. None leaves the
        rules of the `uploads` source as they are (at first: admins only).

        Raises:
            SourceError: the path is not a plain relative one, or the file cannot be written.
        """
        relative = _safe_relative(path)
        root = self._uploads()
        target = root / relative
        with self.one_sync:
            self._save_uploads_source(relative, groups)
            _write_whole(target, data)
            with self.catalogue.read() as connection:
                source = sources.get(connection, UPLOADS)
            sync(
                self.parts(),
                source,
                SyncOptions(allow_mass_delete=True),
                lambda _: None,
                threading.Event(),
            )
        with self.catalogue.read() as connection:
            return documents.known_files(connection, UPLOADS)[relative].document_id

    def original(self, document_id: str, scope: Scope) -> Path:
        """The original file of a document that the asker may read.

        Raises:
            NotFound: no such document, or the asker may not read it.
            SourceError: the file itself is no longer there.
        """
        record, connector = self._found(document_id, scope)
        path = connector.read(record.path)
        if path.is_symlink() or not path.resolve().is_relative_to(connector.root.resolve()):
            raise NotFound("there is no such document, or you may not read it")
        if not path.is_file():
            raise SourceError("the original file is no longer in its folder; sync the source")
        return path

    def address(self, document_id: str, scope: Scope) -> str | None:
        """Where on the web people find a document that the asker may read, None if nowhere.

        Raises:
            NotFound: no such document, or the asker may not read it.
        """
        record, connector = self._found(document_id, scope)
        return connector.address(record.path)

    def connect(self, source: Source) -> Connector:
        """The way to a source's files.

        Raises:
            SourceError: there is no such kind of source, or its options are wrong.
        """
        allow = self.settings.allow_private_addresses
        return connect(source, self.settings.home, allow_private=allow)

    def close(self) -> None:
        """Closes everything in reverse order; the next start then finds a clean index."""
        with self._pool_lock:
            if self._pool is not None:
                self._pool.close()
        self.index.close()
        self.catalogue.close()
        self._marker.unlink(missing_ok=True)
        self._lock.release()

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def parts(self) -> Parts:
        """What indexing works with; starts the parser processes' pool on first use."""
        with self._pool_lock:
            if self._pool is None:
                limits = ParseLimits(
                    seconds=self.settings.parse_timeout_s,
                    memory_mb=self.settings.parse_memory_mb,
                    file_mb=self.settings.max_file_mb,
                )
                self._pool = ParserPool(
                    self.settings.parse_workers,
                    limits,
                    after=partial(
                        chunk_document,
                        target=self.settings.chunk_tokens,
                        limit=self.settings.chunk_max_tokens,
                    ),
                )
            return Parts(
                self.catalogue, self.index, self.embedder, self._pool, self.turns, self.connect
            )

    def _found(self, document_id: str, scope: Scope) -> tuple[reading.DocumentRecord, Connector]:
        with self.catalogue.read() as connection:
            record = reading.document_record(connection, document_id, scope)
            return record, self.connect(sources.get(connection, record.source))

    def _moved(self, source: Source) -> bool:
        """Whether a source is new, or is to be read from another place than before."""
        with self.catalogue.read() as connection:
            try:
                before = sources.get(connection, source.name)
            except NotFound:
                return True
        return (before.kind, before.path, dict(before.options)) != (
            source.kind,
            source.path,
            dict(source.options),
        )

    def _open_index(self, clean: bool, graph: bool) -> LocalIndex:
        """Opens the derived indexes and mends them from the catalogue where they differ."""
        folder = self.settings.home / "index" / _folder_name(self.embedder.name)
        index = LocalIndex(folder, self.embedder.dimensions, clean=clean, graph=graph)
        if not clean:
            with self.catalogue.write() as tx:
                dropped = documents.drop_staged(tx)
            _log.warning("the last run was not closed; repairing", staged_versions_dropped=dropped)
        with self.catalogue.read() as connection:
            live = {row.chunk_id: row for row in reading.live_rows(connection)}
        index.relabel_vectors(
            (
                row.chunk_id,
                Labels(row.access_class, row.language, row.source, row.modified_at),
            )
            for row in live.values()
        )
        self._mend(index, live, check_words=not clean)
        index.start()
        return index

    def _mend(
        self, index: LocalIndex, live: dict[int, reading.LiveRow], *, check_words: bool
    ) -> None:
        index.matrix.remove([one for one in index.matrix.ids() if one not in live])
        missing = {one for one in live if one not in index.matrix}
        if check_words or index.words.count() != len(live):
            indexed = set(index.words.chunk_ids())
            index.words.remove([one for one in indexed if one not in live])
            missing |= {one for one in live if one not in indexed}
        if missing:
            _log.info("bringing the indexes up to the catalogue", passages=len(missing))
            self._restore(index, sorted(missing), live)
        index.commit()
        purge(self.catalogue, index)

    def _restore(
        self, index: LocalIndex, missing: list[int], live: dict[int, reading.LiveRow]
    ) -> None:
        """Writes chunks to the indexes from the catalogue; embeds only what was never embedded."""
        for start in range(0, len(missing), 2000):
            with self.catalogue.read() as connection:
                rows = reading.index_rows(connection, missing[start : start + 2000])
                hashes = [live[row.chunk_id].text_hash for row, _ in rows]
                kept = embeddings.kept(connection, self.embedder.name, list(set(hashes)))
            unknown = [i for i, text_hash in enumerate(hashes) if text_hash not in kept]
            if unknown:
                texts = [
                    compose_embedded(rows[i][0].title, rows[i][0].headings, None, rows[i][0].text)
                    for i in unknown
                ]
                made = dict(
                    zip([hashes[i] for i in unknown], self.embedder.embed(texts), strict=True)
                )
                with self.catalogue.write() as tx:
                    embeddings.keep(tx, self.embedder.name, made)
                kept.update(made)
            vectors = np.stack([kept[text_hash] for text_hash in hashes])
            index.add([row for row, _ in rows], vectors, [modified for _, modified in rows])

    def _uploads(self) -> Path:
        folder = self.settings.home / "uploads"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _save_uploads_source(self, relative: str, groups: frozenset[str] | None) -> None:
        with self.catalogue.write() as tx:
            try:
                source = sources.get(tx, UPLOADS)
            except NotFound:
                source = Source(UPLOADS, str(self._uploads().resolve()))
            rules = [rule for rule in source.access if rule.pattern != relative]
            if groups is not None:
                rules.insert(0, access.AccessRule(relative, groups))
            access_rules = tuple(rules) if groups is not None else source.access
            sources.save(tx, replace(source, access=access_rules))


def _take_home(home: Path) -> FileLock:
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(home / "lock")
        lock.acquire(timeout=0)
    except Timeout as exc:
        raise HomeLocked(
            f"another Footnote process has {home} open; talk to it over HTTP, or stop it first"
        ) from exc
    except OSError as exc:
        raise CatalogueError(
            f"the state folder {home} cannot be written ({exc.strerror}); "
            "set FOOTNOTE_HOME to a folder that can"
        ) from exc
    return lock


def _folder_name(embedder: str) -> str:
    """A folder name for an embedder's index: vectors of different models never share one."""
    return embeddings.hash_text(embedder)[:12]


def _safe_relative(path: str) -> str:
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]
    bad = not parts or any(
        part.startswith((".", "~$")) or set(part) & set("\0*?") or len(part.encode()) > 200
        for part in parts
    )
    if bad:
        raise SourceError(
            f"{path!r} cannot be the name of an uploaded file: give a relative path whose parts do "
            "not begin with a dot and hold no * or ?"
        )
    return "/".join(parts)


def _write_whole(target: Path, data: bytes) -> None:
    """The file is wholly there or not at all."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        half = target.with_name(f".{target.name[:100]}.{os.getpid()}.part")
        half.write_bytes(data)
        half.replace(target)
    except OSError as exc:
        raise SourceError(f"the uploaded file cannot be kept ({exc.strerror})") from exc
