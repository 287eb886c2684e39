"""Parsing in processes of their own, with a limit of time and memory for every file.

A file that hangs, crashes or bloats its parser costs one worker and one line in the report; the
rest goes on. Workers are fresh interpreters that speak length-prefixed pickles over pipes:
unlike a fork they inherit no threads, locks or sockets of a server, and unlike `multiprocessing`
they never import the caller's main script. This bounds broken files; it is no defence against
code that takes over a worker.
"""

from __future__ import annotations

import os
import pickle
import queue
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from ingest.parsers.sandbox.ordered import in_order
from ingest.types import DocumentState, ParsedDocument

T = TypeVar("T")

_BOOT = (
    "import sys; sys.path[:] = sys.argv[1:]; "
    "from ingest.parsers.sandbox.child import serve; serve()"
)
_HEADER = struct.Struct("<Q")
_POLL_MS = 50
"""How often a worker's memory is looked at while its parser is running."""

_START_S = 60.0
_OVERSHOOT_MB = 256
"""The worker limits what it allocates; the parent kills it when it grew past that by so much."""


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """What one file may cost: wall time, memory of its parser beyond an idle one's, file size."""

    seconds: float = 60
    memory_mb: int = 1024
    file_mb: int = 100


@dataclass(frozen=True, slots=True)
class ParseOutcome(Generic[T]):
    """How parsing a file ended.

    `reason` is for a person: why there is no document, or what is missing in one ("2 of 9 pages
    have no text layer"), else "". `document` is there only when the state is INDEXED, `extra` is
    then what the pool's `after` made of it.
    """

    state: DocumentState
    reason: str
    document: ParsedDocument | None = None
    extra: T | None = None


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
        self._slots: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(self._size):
            self._slots.put(None)
        self._running: set[_Worker] = set()
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
        except _Lost as lost:
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

    def _start(self) -> _Worker:
        with self._lock:
            if self._closed:
                raise RuntimeError("the parser pool is closed")
            worker = _Worker(self._setup)
            self._running.add(worker)
        try:
            worker.await_ready()
        except _Lost as lost:
            self._forget(worker)
            if self._closed:
                raise
            raise RuntimeError(f"no parser process can be started: {lost}") from lost
        return worker

    def _forget(self, worker: _Worker | None) -> None:
        if worker is not None:
            worker.end()
            with self._lock:
                self._running.discard(worker)


class _Lost(Exception):
    """The worker is of no more use; the message says why, as a person understands it."""


class _Worker:
    """One worker process and the two pipes to it."""

    def __init__(self, setup: bytes) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BOOT, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            # Ctrl-C is the parent's to handle. Not a session of its own: Linux weighs sessions
            # against each other, and the worker's niceness would then mean nothing.
            process_group=0,
            env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to = self._process.stdin.fileno()
        self._from = self._process.stdout.fileno()
        self._poll = select.poll()
        self._poll.register(self._from, select.POLLIN)
        self._buffer = bytearray()
        self._setup = setup

    def await_ready(self) -> None:
        self._send(self._setup)
        reply = self._receive(_START_S, None)
        if reply:
            raise _Lost(pickle.loads(reply))

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, path: str, name: str, limits: ParseLimits) -> tuple[ParseOutcome[Any], bool]:
        """The outcome, and whether the worker is fit for another file."""
        self._send(pickle.dumps((path, name)))
        outcome: ParseOutcome[Any]
        stays: bool
        outcome, stays = pickle.loads(self._receive(limits.seconds, limits))
        return outcome, stays

    def kill(self) -> None:
        """Stops the process; whoever waits for its answer learns that it is lost."""
        with suppress(ProcessLookupError):
            self._process.kill()

    def end(self) -> None:
        """Stops the process and lets go of its pipes; only its present owner may call this."""
        self.kill()
        with self._process:  # waits, and closes the pipes
            pass

    def _send(self, message: bytes) -> None:
        data = memoryview(_HEADER.pack(len(message)) + message)
        try:
            while data:
                data = data[os.write(self._to, data) :]
        except OSError as exc:
            raise _Lost(self._why_dead()) from exc

    def _receive(self, seconds: float, limits: ParseLimits | None) -> bytes:
        deadline = time.monotonic() + seconds
        need = _HEADER.size
        size: int | None = None
        while True:
            if size is None and len(self._buffer) >= need:
                (size,) = _HEADER.unpack_from(self._buffer)
                need += size
            if size is not None and len(self._buffer) >= need:
                message = bytes(memoryview(self._buffer)[_HEADER.size : need])
                del self._buffer[:need]
                return message
            left_ms = (deadline - time.monotonic()) * 1000
            if left_ms <= 0:
                raise _Lost(_too_long(seconds))
            if self._poll.poll(min(left_ms, _POLL_MS)):
                self._read()
            elif limits and self._resident_mb() > limits.memory_mb + _OVERSHOOT_MB:
                raise _Lost(too_much_memory(limits.memory_mb))

    def _read(self) -> None:
        try:
            data = os.read(self._from, 1 << 20)
        except OSError:
            data = b""
        if not data:
            raise _Lost(self._why_dead())
        self._buffer += data

    def _resident_mb(self) -> float:
        try:
            with open(f"/proc/{self._process.pid}/statm", "rb") as statm:
                return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
        except (OSError, ValueError, IndexError):
            return 0.0  # no such file system here, or the process is just ending

    def _why_dead(self) -> str:
        try:
            code = self._process.wait(5)
        except subprocess.TimeoutExpired:
            return "the parser closed its connection without an answer"
        if code == -signal.SIGALRM:
            return _too_long(None)
        if code == -signal.SIGKILL:
            return "the parser was killed from outside, probably because memory ran out"
        if code < 0:
            return f"the parser crashed on this file ({signal.Signals(-code).name})"
        return f"the parser ended unexpectedly (exit code {code})"


def _too_long(seconds: float | None) -> str:
    limit = "the time limit" if seconds is None else f"{seconds:g} s"
    return f"parsing took longer than {limit} and was stopped (setting: parse_timeout_s)"


def too_much_memory(limit_mb: int) -> str:
    """The reason for a file whose parser was stopped by the memory limit."""
    return f"parsing needed more than {limit_mb} MB of memory (setting: parse_memory_mb)"
