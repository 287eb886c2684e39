"""Documents that people add and remove one by one: kept in the state folder, indexed at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from ingest.errors import NotFound
from ingest.sources.uploaded import safe_relative, write_whole
from ingest.store.catalogue import sources
from ingest.store.catalogue.access import classes
from ingest.store.catalogue.access.following import documents_follow
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.documents.known import known_files
from ingest.store.catalogue.documents.removing import remove_documents
from ingest.store.catalogue.readable.documents import document_record, scope_of_admin
from ingest.store.catalogue.sources import UPLOADS, Source
from ingest.store.exclusion import Exclusion
from ingest.store.follow import purge, relabel
from ingest.store.home import Home
from ingest.store.index.interface import Index
from ingest.sync.sync import sync_file
from ingest.sync.tools import Tools


class Uploads:
    """The source `uploads`, whose folder is ours."""

    def __init__(
        self,
        catalogue: Catalogue,
        home: Home,
        index: Callable[[], Index],
        exclusion: Exclusion,
        tools: Callable[[], Tools],
    ) -> None:
        """`index` is the live one; `tools` gives what indexing works with now."""
        self._catalogue = catalogue
        self._home = home
        self._index = index
        self._exclusion = exclusion
        self._tools = tools

    def follow_home(self) -> None:
        """The state folder may have moved since the last start, or come from a backup."""
        with self._catalogue.write() as tx, suppress(NotFound):
            uploads = sources.get(tx, UPLOADS)
            if uploads.path != (here := str(self._home.uploads().resolve())):
                sources.save(tx, replace(uploads, path=here))

    def add(self, path: str, data: bytes, groups: frozenset[str] | None) -> str:
        """Keeps a file under the home folder and indexes just it; returns the document's id.

        It waits for other uploads, and not for syncs of other sources. The same path at the same
        time is one document.

        `groups` are those who may read it: they become a rule for just this path. None leaves the
        rules of the `uploads` source as they are (at first: admins only).

        Raises:
            SourceError: the path is not a plain relative one, or the file cannot be written.
            CannotWrite: the disk is full or read-only.
        """
        relative = safe_relative(path)
        target = self._home.uploads() / relative
        with self._exclusion.indexing(UPLOADS):
            source = self._save_source(relative, groups)
            write_whole(target, data)
            sync_file(self._tools(), source, relative)
            with self._catalogue.read() as connection:
                return known_files(connection, UPLOADS, relative)[relative].document_id

    def remove_document(self, document_id: str) -> None:
        """Deletes one document of any source (an uploaded one with its file); it is gone at once.

        Raises:
            NotFound: there is no such document.
        """
        with self._catalogue.settling:
            with self._catalogue.write() as tx:
                record = document_record(tx, document_id, scope_of_admin(tx))
                remove_documents(tx, [document_id])
                if record.source == UPLOADS:
                    (self._home.uploads() / record.path).unlink(missing_ok=True)
            purge(self._catalogue, self._index())

    def _save_source(self, relative: str, groups: frozenset[str] | None) -> Source:
        """The source, with a rule for just this path where `groups` are given."""
        with self._catalogue.settling:
            with self._catalogue.write() as tx:
                try:
                    source = sources.get(tx, UPLOADS)
                except NotFound:
                    source = Source(UPLOADS, str(self._home.uploads().resolve()))
                if groups is not None:
                    others = [rule for rule in source.access if rule.pattern != relative]
                    own = classes.AccessRule(relative, groups)
                    source = replace(source, access=(own, *others))
                sources.save(tx, source)
                changed = documents_follow(tx, source, relative)
            relabel(self._catalogue, self._index(), changed)
        return source
