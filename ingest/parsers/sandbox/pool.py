"""Parsing in processes of their own, with a limit of time and memory for every file.

A file that hangs, crashes or bloats its parser costs one worker and one line in the report; the
rest goes on. This bounds broken files; it is no defence against code that takes over a worker.
"""

from __future__ import annotations

import os
import pickle
import queue
import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar

from ingest.parsers.sandbox.ordered import in_order
from ingest.parsers.sandbox.outcome import ParseLimits, ParseOutcome
from ingest.parsers.sandbox.process import Lost, ParserProcess
from ingest.types import DocumentState, ParsedDocument

T = TypeVar("T")


class ParserPool(Generic[T]):
    """Workers that parse files, started when needed. Thread-safe; close it, or use `with`.

    `after` runs in the worker on each parsed document (under the same limits) and must be
    picklable: a function of a module, or a `functools.partial` of one.
    """

    def __init__(
        self,
        workers: int,
        limits: ParseLimits | None = None,
        after: Callable[[ParsedDocument], T] | None = None,
    ) -> None:
        self._limits = limits or ParseLimits()
        self._setup = pickle.dumps((self._limits, after))
        self._size = max(1, workers)
        self._slots: queue.LifoQueue[ParserProcess | None] = queue.LifoQueue()
        for _ in range(self._size):
            self._slots.put(None)
        self._running: set[ParserProcess] = set()
        self._lock = threading.Lock()
        self._closed = False

    def __enter__(self) -> ParserPool[T]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def busy(self) -> int:
        """How many workers are at work (or starting) just now."""
        return self._size - self._slots.qsize()

    def parse(self, path: Path, name: str) -> ParseOutcome[T]:
        """The outcome for one file; `name` decides the format. Blocks; a bad file never raises.

        Raises:
            RuntimeError: the pool is closed, or no worker can be started at all.
        """
        worker = self._slots.get()
        try:
            if worker is None or not worker.is_alive():
                self._forget(worker)
                worker = None
                worker = self._start()
            outcome, stays = worker.ask(os.fspath(path), name, self._limits)
            if not stays:
                self._forget(worker)
                worker = None
            return outcome
        except Lost as lost:
            self._forget(worker)
            worker = None
            if self._closed:
                raise RuntimeError("the parser pool was closed") from lost
            return ParseOutcome(DocumentState.FAILED, str(lost))
        finally:
            if self._closed:
                self._forget(worker)
                worker = None
            self._slots.put(worker)

    def parse_many(
        self, items: Iterable[tuple[Path, str]]
    ) -> Generator[ParseOutcome[T], None, None]:
        """The outcomes of (path, name) pairs in their order, parsed side by side.

        `items` is drawn from in other threads, a little ahead of what is taken; leaving the
        iterator early stops the rest.
        """
        return in_order(lambda item: self.parse(*item), items, self._size)

    def rest(self) -> None:
        """Ends the workers that have nothing to do; they start again when needed."""
        idle = 0
        with suppress(queue.Empty):
            while idle < self._size:
                self._forget(self._slots.get_nowait())
                idle += 1
        for _ in range(idle):
            self._slots.put(None)

    def close(self) -> None:
        """Ends all workers, those at work too; their callers get a `RuntimeError`."""
        with self._lock:
            self._closed = True
            running = list(self._running)
        for worker in running:
            worker.kill()
        for _ in range(self._size):  # a caller whose worker was killed gives its place back now
            self._forget(self._slots.get())
        for _ in range(self._size):
            self._slots.put(None)

    def _start(self) -> ParserProcess:
        with self._lock:
            if self._closed:
                raise RuntimeError("the parser pool is closed")
            worker = ParserProcess(self._setup)
            self._running.add(worker)
        try:
            worker.await_ready()
        except Lost as lost:
            self._forget(worker)
            if self._closed:
                raise
            raise RuntimeError(f"no parser process can be started: {lost}") from lost
        return worker

    def _forget(self, worker: ParserProcess | None) -> None:
        if worker is not None:
            worker.end()
            with self._lock:
                self._running.discard(worker)
