"""The open index of one process: catalogue, indexes, embedder and parsers, wired together."""

from __future__ import annotations

import os
import secrets
import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from filelock import FileLock, Timeout

from ingest.care.check import SECOND_LOOK_S, check
from ingest.care.generations.fill import fill
from ingest.care.generations.opened import Opened
from ingest.care.generations.recipe import embedder_of, recipe_of, same
from ingest.care.repair import label_and_mend, rebuild
from ingest.care.report import Report
from ingest.care.subject import Subject
from ingest.errors import (
    CannotWrite,
    EmbedError,
    GenerationError,
    HomeLocked,
    IngestError,
    NotFound,
    SourceError,
)
from ingest.models.embedders.blind import Blind
from ingest.models.embedders.opening import open_embedder
from ingest.models.static import StaticModel
from ingest.models.translations import Translations
from ingest.parsers.sandbox.pool import ParseLimits, ParserPool
from ingest.settings import IngestSettings
from ingest.sources.interface import Connector
from ingest.sources.kinds import connect, copies_of
from ingest.sources.uploads import safe_relative, write_whole
from ingest.store.catalogue import generations, sources
from ingest.store.catalogue.access import classes
from ingest.store.catalogue.access.following import documents_follow
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.documents.known import known_files
from ingest.store.catalogue.documents.removing import drop_staged, remove_documents
from ingest.store.catalogue.generations import Generation, GenerationState
from ingest.store.catalogue.jobs import leases
from ingest.store.catalogue.readable.documents import (
    DocumentRecord,
    document_record,
    scope_of_admin,
)
from ingest.store.catalogue.sources import UPLOADS, Source
from ingest.store.follow import purge, relabel
from ingest.store.index.interface import Searchable
from ingest.store.index.local import GRAPH_FROM, LocalIndex
from ingest.store.precedence import Precedence
from ingest.sync.prepare import Prepared, prepare
from ingest.sync.progress import Progress, SyncOptions
from ingest.sync.sync import sync, sync_file
from ingest.sync.tools import Tools
from ingest.types import Embedder, FoundFile, Scope

if TYPE_CHECKING:
    from collections.abc import Callable

_log = structlog.get_logger(__name__)


class Library:
    """Everything that indexing and answering share. One process opens a home folder at a time."""

    def __init__(
        self,
        settings: IngestSettings,
        *,
        graph_from: int | None = GRAPH_FROM,
        embedder: Embedder | None = None,
    ) -> None:
        """Opens the home folder, making it on first use, and repairs what a crash left behind.

        `graph_from` is that of `LocalIndex`; `embedder` takes the place of the one that the
        settings name.

        Raises:
            HomeLocked: another process has it open.
            CatalogueError: the catalogue cannot be used.
            CannotWrite: the disk is full, or the folder is read-only.
            EmbedError: the embedder named in the settings cannot be used.
        """
        self.settings = settings
        self._lock = _take_home(settings.home)
        try:
            self.static_model = StaticModel.load()
            self.translations = Translations.load()
            self._at_hand = embedder or open_embedder(settings, self.static_model)
            # From here on something may be written: a stop without `close` is a crash.
            self._marker = settings.home / "open"
            clean = not self._marker.exists()
            self._marker.touch()
            self.catalogue = Catalogue(settings.catalogue_url)
            self._graph_from = graph_from
            self.precedence = Precedence()
            self._flip = threading.Lock()
            self._now = self._open_live(clean)
            self._pool: ParserPool[Prepared] | None = None
            self._pool_lock = threading.Lock()
            self.worker = f"{os.uname().nodename[:32]}:{os.getpid()}:{secrets.token_hex(4)}"
            self._alone: dict[str, threading.RLock] = {}
            self._torn: set[str] = set()
            self._closing = threading.Event()
            self._tending_lock = threading.Lock()
            self._tending = ""
            self._checker = threading.Thread(target=self._check_after_a_crash, daemon=True)
            if not clean:
                self._tending = "the last run was not closed; the indexes are being checked"
                self._checker.start()
        except OSError as exc:
            self._lock.release()
            raise CannotWrite.because(f"the state folder {settings.home}", exc) from exc
        except BaseException:
            self._lock.release()
            raise

    @classmethod
    def open(cls, settings: IngestSettings) -> Library:
        """See the constructor."""
        return cls(settings)

    @property
    def index(self) -> LocalIndex:
        """The index of the live generation."""
        return self._now.index

    @property
    def embedder(self) -> Embedder:
        """The embedder of the live generation."""
        return self._now.embedder

    def searchable(self) -> Searchable:
        """The index and the embedder that a question uses: both of the live generation."""
        with self._flip:
            return Searchable(self._now.index, self._now.embedder)

    @property
    def outdated(self) -> bool:
        """Whether the settings ask for another generation than the live one."""
        return not same(self._now.generation.recipe, recipe_of(self.settings, self._at_hand))

    def begin_generation(self, **changes: Any) -> Generation:
        """A generation by the settings, with `changes` to `chunk_tokens` and the like, to be built.

        One that is being built by the same recipe already is given back.

        Raises:
            GenerationError: the live one is of just this recipe.
            EmbedError: the model of the changes cannot be opened.
            ValueError: the changes do not fit together.
        """
        mine = {name: getattr(self.settings, name) for name in IngestSettings.model_fields}
        settings = IngestSettings.model_validate({**mine, **changes})
        embedder = open_embedder(settings, self.static_model) if changes else self._at_hand
        recipe = recipe_of(settings, embedder)
        with self.catalogue.write() as tx:
            for one in generations.every(tx):
                if same(one.recipe, recipe):
                    if one.state is GenerationState.LIVE:
                        raise GenerationError(
                            f"generation {one.id} is live and made in just this way; change "
                            "FOOTNOTE_EMBEDDER, FOOTNOTE_CHUNK_TOKENS or FOOTNOTE_CHUNK_MAX_TOKENS"
                        )
                    return one
            return generations.begin(tx, recipe)

    def build_generation(
        self, number: int, on_progress: Callable[[Progress], None], stop: threading.Event
    ) -> Progress:
        """Builds a generation, or brings a kept one up to date, and switches to it.

        Raises:
            NotFound: there is no such generation.
            GenerationError: it is live.
            EmbedError: its model cannot be opened.
        """
        progress = Progress(stage="building")
        with self.catalogue.read() as connection:
            one = generations.get(connection, number)
            progress.total = generations.count_waiting(connection, number)
        if one.state is GenerationState.LIVE:
            raise GenerationError(f"generation {number} is live already")
        on_progress(progress)
        opened = self._open_generation(one, check_words=True)
        if isinstance(opened.embedder, Blind):
            opened.index.close()
            raise EmbedError(f"the model {opened.embedder.name} cannot be opened", retryable=False)
        try:
            fill(self.catalogue, opened, self.precedence, progress, on_progress, stop)
            if stop.is_set():
                progress.total = progress.done + 1
            else:
                self._switch(opened, progress, on_progress, stop)
        finally:
            if self._now.generation.id != number:
                opened.index.close()
        return progress

    def drop_generation(self, number: int) -> None:
        """Forgets a generation: its chunks, its folder, and vectors that no other one uses.

        Raises:
            NotFound: there is no such generation.
            GenerationError: it is live.
        """
        with self.catalogue.write() as tx:
            if generations.get(tx, number).state is GenerationState.LIVE:
                raise GenerationError(f"generation {number} is live; switch to another one first")
            generations.drop(tx, number)
        shutil.rmtree(self._folder_of(number), ignore_errors=True)

    def _switch(
        self,
        opened: Opened,
        progress: Progress,
        on_progress: Callable[[Progress], None],
        stop: threading.Event,
    ) -> None:
        """Makes a built generation live once nothing is missing in it; syncs wait meanwhile."""
        progress.stage = "switching"
        on_progress(progress)
        with self._nobody_indexes():
            fill(self.catalogue, opened, self.precedence, progress, on_progress, stop)
            check(self._subject(opened, live=False), repair=True, second_look_s=0)
            before = self._now
            with self._tending_lock, self._flip, self.catalogue.write() as tx:
                generations.make_live(tx, opened.generation.id)
                self._now = opened
            with self._pool_lock:
                if self._pool is not None:  # its processes cut as the old generation was cut
                    self._pool.close()
                    self._pool = None
        before.index.close()
        # Rules that changed in the moment of the switch may have missed the new index.
        self.check(repair=True, second_look_s=0)

    def ready(self) -> str:
        """Empty when everything is whole, else what is still going on; questions work meanwhile."""
        words_only = (
            f"the model {self.embedder.name} cannot be opened: questions go by words alone"
            if isinstance(self.embedder, Blind)
            else ""
        )
        return self._tending or words_only or self.index.state()

    def check(self, *, repair: bool = False, second_look_s: float = SECOND_LOOK_S) -> Report:
        """Compares both indexes with the catalogue, and mends them with `repair`."""
        with self._tended("the indexes are being mended" if repair else ""):
            report = check(
                self._subject(self._now),
                repair=repair,
                still=self._if_nobody_indexes,
                stop=self._closing,
                second_look_s=second_look_s,
            )
        if repair and "words_damaged" in report.left:
            report = replace(report, left=self._rebuild(lambda _done, _total: None).left)
        return report

    def rebuild(self, on_progress: Callable[[int, int], None] = lambda _done, _total: None) -> int:
        """Builds both indexes anew from the catalogue; returns how many passages they hold.

        Syncs wait meanwhile; questions are answered from the old indexes until the new ones are
        whole.
        """
        return self._rebuild(on_progress).passages

    def _rebuild(self, on_progress: Callable[[int, int], None]) -> Report:
        with self._nobody_indexes(), self._tended("the indexes are being rebuilt"):
            rebuild(self.catalogue, self.index, self.embedder, on_progress)
            # Rules that changed meanwhile, and documents that were removed, changed the old ones.
            return check(self._subject(self._now), repair=True, second_look_s=0)

    def _subject(self, opened: Opened, *, live: bool = True) -> Subject:
        home, number = self.settings.home, opened.generation.id
        return Subject(self.catalogue, opened.index, opened.embedder, home, number, live)

    @contextmanager
    def _nobody_indexes(self) -> Iterator[None]:
        """While the block runs no sync, upload or removal of any source does."""
        with ExitStack() as quiet:
            for name in self._all_names():
                quiet.enter_context(self._one_at_a_time(name))
            yield

    @contextmanager
    def _if_nobody_indexes(self) -> Iterator[bool]:
        """Whether that can be had at once; if so it lasts while the block runs."""
        with ExitStack() as quiet:
            for name in self._all_names():
                alone = self._alone_of(name)
                if not alone.acquire(blocking=False):
                    quiet.close()
                    yield False
                    return
                quiet.callback(alone.release)
            yield True

    def _all_names(self) -> list[str]:
        with self.catalogue.read() as connection:
            names = [one.name for one in sources.all_sources(connection)]
        return sorted({*names, UPLOADS})

    @contextmanager
    def _tended(self, saying: str) -> Iterator[None]:
        """One check or rebuild at a time; `ready` says so meanwhile."""
        with self._tending_lock:
            self._tending = saying
            try:
                yield
            finally:
                self._tending = ""

    def _check_after_a_crash(self) -> None:
        """The whole check, by itself after an unclean stop; questions are answered meanwhile."""
        try:
            report = self.check(repair=True)
        except Exception as exc:  # a full disk: `footnote check` tells, and can be run again
            _log.error("the check after a crash failed", reason=str(exc))
            return
        for problem in report.to_json()["problems"]:
            _log.warning("mended" if report.mended else "found", **problem)

    def sync(
        self,
        name: str,
        options: SyncOptions,
        on_progress: Callable[[Progress], None],
        stop: threading.Event,
        compared: set[FoundFile] | None = None,
    ) -> Progress:
        """Brings a source's documents up to its folder; one sync of a source runs at a time.

        `compared` keeps what an interrupted reconcile need not read again.

        Raises:
            NotFound: there is no such source.
            SourceError: its folder cannot be used, or too much would be deleted.
            CannotWrite: the disk is full or read-only; what was published stays.
        """
        with self._indexing(name):
            with self.catalogue.read() as connection:
                source = sources.get(connection, name)
            progress = sync(self.parts(), source, options, on_progress, stop, compared)
            if not (options.dry_run or options.paths) and progress.done >= progress.total:
                with self.catalogue.write() as tx:
                    sources.synced(tx, name, reconciled=options.reconcile)
            return progress

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
        with self.catalogue.settling:
            with self.catalogue.write() as tx:
                sources.save(tx, source)
                changed = documents_follow(tx, source)
            relabel(self.catalogue, self.index, changed)

    def remove_source(self, name: str) -> None:
        """Forgets a source; its documents are gone for every reader at once.

        A sync of it that is under way is waited for; `Worker.remove_source` ends it first.

        Raises:
            NotFound: there is no such source.
        """
        with self._one_at_a_time(name):
            with self.catalogue.write() as tx:
                sources.get(tx, name)
                known = known_files(tx, name)
                remove_documents(tx, [one.document_id for one in known.values()])
                leases.release_all(tx, name)
                sources.remove(tx, name)
            purge(self.catalogue, self.index)
            shutil.rmtree(copies_of(self.settings.home, name), ignore_errors=True)

    def remove_document(self, document_id: str) -> None:
        """Deletes one document (an uploaded one with its file); it is gone at once.

        Raises:
            NotFound: there is no such document.
        """
        with self.catalogue.settling:
            with self.catalogue.write() as tx:
                record = document_record(tx, document_id, scope_of_admin(tx))
                remove_documents(tx, [document_id])
                if record.source == UPLOADS:
                    (self._uploads() / record.path).unlink(missing_ok=True)
            purge(self.catalogue, self.index)

    def upload(self, path: str, data: bytes, groups: frozenset[str] | None) -> str:
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
        target = self._uploads() / relative
        with self._indexing(UPLOADS):
            source = self._save_uploads_source(relative, groups)
            write_whole(target, data)
            sync_file(self.parts(), source, relative)
            with self.catalogue.read() as connection:
                return known_files(connection, UPLOADS, relative)[relative].document_id

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
        self._closing.set()
        if self._checker.is_alive():
            self._checker.join()
        with self._pool_lock:
            if self._pool is not None:
                self._pool.close()
        self.index.close()
        self.catalogue.close()
        if not self.index.unsound:  # else the next start looks at it before it is used
            with suppress(OSError):  # read-only by now: the next start then repairs
                self._marker.unlink(missing_ok=True)
        self._lock.release()

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def parts(self) -> Tools:
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
                        prepare,
                        target=self._now.generation.recipe.chunk_tokens,
                        limit=self._now.generation.recipe.chunk_max_tokens,
                    ),
                )
            return Tools(
                self.catalogue,
                self.index,
                self.embedder,
                self._pool,
                self.precedence,
                self.connect,
                self.worker,
                self.settings.kept_versions,
            )

    def _found(self, document_id: str, scope: Scope) -> tuple[DocumentRecord, Connector]:
        with self.catalogue.read() as connection:
            record = document_record(connection, document_id, scope)
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

    @contextmanager
    def _one_at_a_time(self, source: str) -> Iterator[None]:
        """While the block runs nobody else indexes or removes this source; others go on."""
        with self._alone_of(source):
            yield

    def _alone_of(self, source: str) -> threading.RLock:
        with self._pool_lock:
            return self._alone.setdefault(source, threading.RLock())

    @contextmanager
    def _indexing(self, source: str) -> Iterator[None]:
        """As `_one_at_a_time`; what an error leaves half written is taken away again."""
        with self._one_at_a_time(source):
            if source in self._torn:
                self._mend_source(source)
            try:
                yield
            except Exception:
                self._torn.add(source)
                with suppress(IngestError):  # the disk may be full: then the next sync does it
                    self._mend_source(source)
                raise

    def _mend_source(self, source: str) -> None:
        with self.catalogue.write() as tx:
            drop_staged(tx, source)
            leases.release_all(tx, source, self.worker)
        purge(self.catalogue, self.index)
        self._torn.discard(source)

    def _open_live(self, clean: bool) -> Opened:
        """The live generation; a new catalogue's first one is made by the settings."""
        with self.catalogue.write() as tx:
            if not clean:
                dropped = drop_staged(tx)
                _log.warning("the last run was not closed", staged_versions_dropped=dropped)
            live = generations.live(tx) or generations.begin(
                tx, recipe_of(self.settings, self._at_hand), GenerationState.LIVE
            )
            known = {self._folder_of(one.id) for one in generations.every(tx)}
            with suppress(NotFound):  # the folder may have moved, or come from a backup
                uploads = sources.get(tx, UPLOADS)
                if uploads.path != (here := str(self._uploads().resolve())):
                    sources.save(tx, replace(uploads, path=here))
        for left in self.settings.home.glob(".backup-*"):  # a process was killed over it
            shutil.rmtree(left, ignore_errors=True)
        for folder in (self.settings.home / "index").glob("*"):
            if folder not in known:  # of a dropped generation, or of an older Footnote
                shutil.rmtree(folder, ignore_errors=True)
        opened = self._open_generation(live, check_words=not clean, clean=clean)
        purge(self.catalogue, opened.index)
        return opened

    def _open_generation(self, one: Generation, *, check_words: bool, clean: bool = True) -> Opened:
        """A generation's index, mended from the catalogue where they differ."""
        embedder = embedder_of(one.recipe, self.settings, self.static_model, self._at_hand)
        folder = self._folder_of(one.id)
        index = LocalIndex(
            folder,
            embedder.dimensions,
            clean=clean,
            graph_from=self._graph_from,
            give_way=self.precedence.wait,
            model=self.static_model,
        )
        label_and_mend(self.catalogue, index, embedder, check_words=check_words, generation=one.id)
        index.start()
        return Opened(one, index, embedder)

    def _folder_of(self, generation: int) -> Path:
        return self.settings.home / "index" / f"g{generation}"

    def _uploads(self) -> Path:
        folder = self.settings.home / "uploads"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _save_uploads_source(self, relative: str, groups: frozenset[str] | None) -> Source:
        with self.catalogue.settling:
            with self.catalogue.write() as tx:
                try:
                    source = sources.get(tx, UPLOADS)
                except NotFound:
                    source = Source(UPLOADS, str(self._uploads().resolve()))
                rules = [rule for rule in source.access if rule.pattern != relative]
                if groups is not None:
                    rules.insert(0, classes.AccessRule(relative, groups))
                access_rules = tuple(rules) if groups is not None else source.access
                source = replace(source, access=access_rules)
                sources.save(tx, source)
                changed = documents_follow(tx, source, relative)
            relabel(self.catalogue, self.index, changed)
        return source


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
        raise CannotWrite.because(f"the state folder {home}", exc) from exc
    return lock
