"""The open index of one process: catalogue, indexes, embedder and parsers, wired together."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ingest.care.check import SECOND_LOOK_S
from ingest.care.generations.building import Generations
from ingest.care.generations.opener import Opener
from ingest.care.live import LiveGeneration
from ingest.care.report import Report
from ingest.care.upkeep import Upkeep
from ingest.models.embedders.opening import open_embedder
from ingest.models.static import StaticModel
from ingest.models.translations import Translations
from ingest.settings import IngestSettings
from ingest.sources.interface import Connector
from ingest.sources.registry import SourceRegistry
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.generations import Generation
from ingest.store.catalogue.jobs.progress import Progress
from ingest.store.catalogue.sources import Source
from ingest.store.exclusion import Exclusion
from ingest.store.home import Home, writing_in
from ingest.store.index.interface import Index, Searchable
from ingest.store.index.local import GRAPH_FROM
from ingest.store.precedence import Precedence
from ingest.sync.options import SyncOptions
from ingest.sync.parser_processes import ParserProcesses
from ingest.sync.sync import sync_by_name
from ingest.sync.tools import Tools
from ingest.sync.uploads import Uploads
from ingest.types import Embedder, FoundFile, Scope


class Library:
    """Everything that indexing and answering share. One process opens a home folder at a time.

    It opens the parts, hands them out and closes them in reverse; what they do is told where they
    are.
    """

    def __init__(
        self,
        settings: IngestSettings,
        *,
        graph_from: int | None = GRAPH_FROM,
        embedder: Embedder | None = None,
    ) -> None:
        """Opens the home folder, making it on first use, and repairs what a crash left behind.

        `graph_from` is that of `LocalIndex`; `embedder` takes the place of the one that the
        settings name, and stays the caller's to close.

        Raises:
            HomeLocked: another process has it open.
            CatalogueError: the catalogue cannot be used.
            CannotWrite: the disk is full, or the folder is read-only.
            EmbedError: the embedder named in the settings cannot be used.
        """
        self.settings = settings
        self.precedence = Precedence()
        self.worker = f"{os.uname().nodename[:32]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._sound = False
        with writing_in(settings.home), ExitStack() as opened:
            home = Home(settings.home)
            opened.push(lambda kind, *_: home.close(sound=self._sound and kind is None))
            self.static_model = StaticModel.load()
            self.translations = Translations.load()
            at_hand = embedder
            if at_hand is None:
                at_hand = open_embedder(settings, self.static_model)
                opened.callback(at_hand.close)
            clean = home.begin()
            self.catalogue = Catalogue(settings.catalogue_url)
            opened.callback(self.catalogue.close)
            opener = Opener(
                settings,
                home,
                self.catalogue,
                self.precedence,
                self.static_model,
                at_hand,
                graph_from,
            )
            self._live = LiveGeneration(opener.live(clean=clean))
            opened.callback(self._live.close)
            self._wire(opener, opened)
            if not clean:
                self._upkeep.check_after_a_crash()
            self._opened = opened.pop_all()

    def _wire(self, opener: Opener, opened: ExitStack) -> None:
        """The parts that work with what is open; `opened` closes those that have threads."""
        catalogue, home = self.catalogue, opener.home

        def index() -> Index:
            return self.index

        self._parsers = ParserProcesses(self.settings, lambda: self._live.now.generation.recipe)
        opened.callback(self._parsers.close)
        self._exclusion = Exclusion(catalogue, self.worker, index)
        self._upkeep = Upkeep(catalogue, home.folder, self._live, self._exclusion)
        opened.callback(self._upkeep.close)
        self._generations = Generations(
            opener, self._live, self._exclusion, self._upkeep, self._parsers.end
        )
        private = self.settings.allow_private_addresses
        self._sources = SourceRegistry(
            catalogue, home.folder, index, self._exclusion, allow_private=private
        )
        self._uploads = Uploads(catalogue, home, index, self._exclusion, self.tools)
        self._uploads.follow_home()

    @classmethod
    def open(cls, settings: IngestSettings) -> Library:
        """See the constructor."""
        return cls(settings)

    def close(self) -> None:
        """Closes everything in reverse order; the next start then finds a clean index.

        Where something is damaged or cannot be closed, the next start looks at it before it is
        used.

        Raises:
            CannotWrite: the disk is full or read-only; all is closed nevertheless.
        """
        self._sound = not self.index.unsound
        self._opened.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # What is live

    @property
    def index(self) -> Index:
        """The index of the live generation."""
        return self._live.index

    @property
    def embedder(self) -> Embedder:
        """The embedder of the live generation."""
        return self._live.embedder

    def searchable(self) -> Searchable:
        """The index and the embedder that a question uses: both of the live generation."""
        return self._live.searchable()

    # Generations

    @property
    def outdated(self) -> bool:
        """See `Generations.outdated`."""
        return self._generations.outdated

    def begin_generation(self, **changes: Any) -> Generation:
        """See `Generations.begin`."""
        return self._generations.begin(**changes)

    def build_generation(
        self, number: int, on_progress: Callable[[Progress], None], stop: threading.Event
    ) -> Progress:
        """See `Generations.build`."""
        return self._generations.build(number, on_progress, stop)

    def drop_generation(self, number: int) -> None:
        """See `Generations.drop`."""
        self._generations.drop(number)

    # Upkeep

    def ready(self) -> str:
        """See `Upkeep.ready`."""
        return self._upkeep.ready()

    def check(self, *, repair: bool = False, second_look_s: float = SECOND_LOOK_S) -> Report:
        """See `Upkeep.check`."""
        return self._upkeep.check(repair=repair, second_look_s=second_look_s)

    def rebuild(self, on_progress: Callable[[int, int], None] = lambda _done, _total: None) -> int:
        """See `Upkeep.rebuild`."""
        return self._upkeep.rebuild(on_progress)

    # Documents

    def tools(self) -> Tools:
        """What indexing works with at this moment."""
        return Tools(
            self.catalogue,
            self.index,
            self.embedder,
            self._parsers.pool(),
            self.precedence,
            self.connect,
            self.worker,
            self.settings.kept_versions,
        )

    def sync(
        self,
        name: str,
        options: SyncOptions,
        on_progress: Callable[[Progress], None],
        stop: threading.Event,
        compared: set[FoundFile] | None = None,
    ) -> Progress:
        """See `ingest.sync.sync`; one sync of a source runs at a time."""
        with self._exclusion.indexing(name):
            return sync_by_name(self.tools(), name, options, on_progress, stop, compared)

    def upload(self, path: str, data: bytes, groups: frozenset[str] | None) -> str:
        """See `Uploads.add`."""
        return self._uploads.add(path, data, groups)

    def remove_document(self, document_id: str) -> None:
        """See `Uploads.remove_document`."""
        self._uploads.remove_document(document_id)

    # Sources

    def connect(self, source: Source) -> Connector:
        """See `SourceRegistry.connect`."""
        return self._sources.connect(source)

    def save_source(self, source: Source) -> None:
        """See `SourceRegistry.save`."""
        self._sources.save(source)

    def remove_source(self, name: str) -> None:
        """See `SourceRegistry.remove`; `Worker.remove_source` ends its jobs first."""
        self._sources.remove(name)

    def original(self, document_id: str, scope: Scope) -> Path:
        """See `SourceRegistry.original`."""
        return self._sources.original(document_id, scope)

    def address(self, document_id: str, scope: Scope) -> str | None:
        """See `SourceRegistry.address`."""
        return self._sources.address(document_id, scope)
