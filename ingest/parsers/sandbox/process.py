"""One worker process: a fresh interpreter that parses one file after another.

It speaks length-prefixed pickles over pipes. Unlike a fork it inherits no threads, locks or sockets
of a server, and unlike `multiprocessing` it never imports the caller's main script.
"""

from __future__ import annotations

import os
import pickle
import select
import signal
import struct
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any

from ingest.parsers.sandbox.outcome import ParseLimits, ParseOutcome, too_long, too_much_memory

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


class Lost(Exception):
    """The worker is of no more use; the message says why, as a person understands it."""


class ParserProcess:
    """One worker process and the two pipes to it."""

    def __init__(self, setup: bytes) -> None:
        """Starts the process; `setup` is its first message: limits and `after`, pickled."""
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
        """Returns once it can take files.

        Raises:
            Lost: it cannot be started.
        """
        self._send(self._setup)
        reply = self._receive(_START_S, None)
        if reply:
            raise Lost(pickle.loads(reply))

    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def ask(self, path: str, name: str, limits: ParseLimits) -> tuple[ParseOutcome[Any], bool]:
        """The outcome, and whether the worker is fit for another file.

        Raises:
            Lost: it died over the file, or was stopped.
        """
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
            raise Lost(self._why_dead()) from exc

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
                raise Lost(too_long(seconds))
            if self._poll.poll(min(left_ms, _POLL_MS)):
                self._read()
            elif limits and self._resident_mb() > limits.memory_mb + _OVERSHOOT_MB:
                raise Lost(too_much_memory(limits.memory_mb))

    def _read(self) -> None:
        try:
            data = os.read(self._from, 1 << 20)
        except OSError:
            data = b""
        if not data:
            raise Lost(self._why_dead())
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
            return too_long(None)
        if code == -signal.SIGKILL:
            return "the parser was killed from outside, probably because memory ran out"
        if code < 0:
            return f"the parser crashed on this file ({signal.Signals(-code).name})"
        return f"the parser ended unexpectedly (exit code {code})"
