"""The sources that the catalogue knows: added, changed, removed, and how to get at each."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from ingest.errors import NotFound, SourceError
from ingest.sources.interface import Connector
from ingest.sources.kinds import connect, copies_of
from ingest.store.catalogue import sources
from ingest.store.catalogue.access.following import documents_follow
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.documents.known import known_files
from ingest.store.catalogue.documents.removing import remove_documents
from ingest.store.catalogue.jobs import leases
from ingest.store.catalogue.readable.documents import DocumentRecord, document_record
from ingest.store.catalogue.sources import UPLOADS, Source
from ingest.store.exclusion import Exclusion
from ingest.store.follow import purge, relabel
from ingest.store.index.interface import Index
from ingest.types import Scope


class SourceRegistry:
    """The sources of one catalogue."""

    def __init__(
        self,
        catalogue: Catalogue,
        home: Path,
        index: Callable[[], Index],
        exclusion: Exclusion,
        *,
        allow_private: bool,
    ) -> None:
        """`home` is the state folder, `allow_private` the setting `allow_private_addresses`."""
        self._catalogue = catalogue
        self._home = home
        self._index = index
        self._exclusion = exclusion
        self._allow_private = allow_private

    def connect(self, source: Source) -> Connector:
        """The way to a source's files.

        Raises:
            SourceError: there is no such kind of source, or its options are wrong.
        """
        return connect(source, self._home, allow_private=self._allow_private)

    def save(self, source: Source) -> None:
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
        with self._catalogue.settling:
            with self._catalogue.write() as tx:
                sources.save(tx, source)
                changed = documents_follow(tx, source)
            relabel(self._catalogue, self._index(), changed)

    def remove(self, name: str) -> None:
        """Forgets a source; its documents are gone for every reader at once.

        A sync of it that is under way is waited for.

        Raises:
            NotFound: there is no such source.
        """
        with self._exclusion.one_at_a_time(name):
            with self._catalogue.write() as tx:
                sources.get(tx, name)
                known = known_files(tx, name)
                remove_documents(tx, [one.document_id for one in known.values()])
                leases.release_all(tx, name)
                sources.remove(tx, name)
            purge(self._catalogue, self._index())
            shutil.rmtree(copies_of(self._home, name), ignore_errors=True)

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

    def _found(self, document_id: str, scope: Scope) -> tuple[DocumentRecord, Connector]:
        with self._catalogue.read() as connection:
            record = document_record(connection, document_id, scope)
            return record, self.connect(sources.get(connection, record.source))

    def _moved(self, source: Source) -> bool:
        """Whether a source is new, or is to be read from another place than before."""
        with self._catalogue.read() as connection:
            try:
                before = sources.get(connection, source.name)
            except NotFound:
                return True
        return (before.kind, before.path, dict(before.options)) != (
            source.kind,
            source.path,
            dict(source.options),
        )
