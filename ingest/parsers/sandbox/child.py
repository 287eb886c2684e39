"""What runs inside a worker process: reads one file after another and parses it."""

from __future__ import annotations

import errno
import gc
import io
import logging
import os
import pickle
import select
import signal
import stat
import struct
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import fields
from operator import attrgetter
from pathlib import PurePosixPath
from typing import Any

from ingest.errors import ParseError, UnsupportedFormat
from ingest.parsers.formats import SUFFIXES, parse
from ingest.parsers.sandbox.outcome import ParseLimits, ParseOutcome, too_much_memory
from ingest.store.precedence import BACKGROUND
from ingest.types import Block, Chunk, DocumentState, ParsedDocument

_HEADER = struct.Struct("<Q")
_FILES_A_LIFE = 20_000
_GROWN_MB = 300
"""A worker that stays so much larger than it began is replaced."""

_GRACE_S = 2.0
_ONE_WRITE = 65536
"""Bytes up to which copying a message is cheaper than a second system call."""

_NAMED_PAGES = 20

After = Callable[[ParsedDocument], Any] | None


def serve() -> None:
    """Answers requests on standard input until it closes; the process then ends."""
    source, sink = _private_pipes()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # the kernel ends even a loop inside C code
    os.nice(BACKGROUND)
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    setup = _receive(source)
    if setup is None:
        return
    try:
        limits, after = pickle.loads(setup)
    except Exception as exc:
        _send(sink, pickle.dumps(f"`after` cannot be loaded there ({type(exc).__name__}: {exc})"))
        return
    _limit_memory(limits)
    threading.Thread(target=_die_with_parent, args=(source,), daemon=True).start()
    _send(sink, b"")
    _answer_all(source, sink, limits, after)


def _answer_all(source: int, sink: int, limits: ParseLimits, after: After) -> None:
    start_mb = _resident_mb()
    for count in range(1, _FILES_A_LIFE + 1):
        request = _receive(source)
        if request is None:
            return
        path, name = pickle.loads(request)
        signal.setitimer(signal.ITIMER_REAL, limits.seconds + _GRACE_S)
        outcome, ran_out = _outcome(path, name, limits, after)
        stays = not ran_out and count < _FILES_A_LIFE
        if stays and _resident_mb() > start_mb + _GROWN_MB:
            gc.collect()
            stays = _resident_mb() <= start_mb + _GROWN_MB
        reply = _packed((outcome, stays))
        signal.setitimer(signal.ITIMER_REAL, 0)
        _send(sink, reply)
        if not stays:
            return


def _outcome(
    path: str, name: str, limits: ParseLimits, after: After
) -> tuple[ParseOutcome[Any], bool]:
    """The outcome for one file, and whether memory ran out on the way."""
    try:
        data = read_file(path, name, limits.file_mb)
        if not data:
            return ParseOutcome(DocumentState.EMPTY, "the file is empty (0 bytes)"), False
        document = parse(data, name)
        del data
        state, reason = judged(document)
        if state is not DocumentState.INDEXED:
            return ParseOutcome(state, reason), False
        extra = after(document) if after else None
        return ParseOutcome(state, reason, document, extra), False
    except UnsupportedFormat as exc:
        return ParseOutcome(DocumentState.UNSUPPORTED, str(exc)), False
    except ParseError as exc:
        # A parser may have wrapped the lack of memory; the process is not to be trusted then.
        ran_out = isinstance(exc.__cause__, MemoryError)
        return ParseOutcome(DocumentState.FAILED, str(exc)), ran_out
    except MemoryError:
        return ParseOutcome(DocumentState.FAILED, too_much_memory(limits.memory_mb)), True
    except Exception as exc:  # the border: whatever it is, it costs one file
        reason = f"the file cannot be processed ({type(exc).__name__}: {exc})"
        return ParseOutcome(DocumentState.FAILED, reason), False


def judged(document: ParsedDocument) -> tuple[DocumentState, str]:
    """How indexing a parsed document ends, and the reason or the note that goes with it."""
    scanned = document.scanned_pages
    if document.text.strip():
        return DocumentState.INDEXED, "; ".join(_notes(document))
    if scanned:
        return (
            DocumentState.SCANNED,
            "the pages have no text layer (scanned); run OCR over the file, for instance with "
            "ocrmypdf, and index it again",
        )
    return DocumentState.EMPTY, "the file holds no text"


def _notes(document: ParsedDocument) -> Iterator[str]:
    """What is missing in a document that is indexed all the same."""
    scanned = document.scanned_pages
    if scanned:
        which = ", ".join(map(str, scanned[:_NAMED_PAGES]))
        more = ", …" if len(scanned) > _NAMED_PAGES else ""
        count = f"{len(scanned)} of {document.pages} pages"
        yield f"{count} have no text layer (scanned): {which}{more}"
    if "pages_not_read" in document.metadata:
        yield f"pages that could not be read: {document.metadata['pages_not_read']}"
    if "attachments_not_read" in document.metadata:
        yield f"attachments that could not be read: {document.metadata['attachments_not_read']}"


def read_file(path: str, name: str, limit_mb: int) -> bytes:
    """The bytes of a regular file of a known format; links are not followed.

    Raises:
        UnsupportedFormat: by its name, before anything is opened.
        ParseError: it is gone, unreadable, no regular file, or larger than the limit.
    """
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in SUFFIXES:
        parse(b"", name)
    try:
        # Non-blocking, or opening a named pipe would wait for a writer.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as exc:
        raise ParseError(why_unreadable(exc)) from exc
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise ParseError("this is no regular file (a folder, device or pipe) and is not read")
        if about.st_size > limit_mb * 2**20:
            raise ParseError(
                f"the file has {about.st_size / 2**20:.1f} MB, more than the limit of "
                f"{limit_mb} MB (setting: max_file_mb)"
            )
        with open(handle, "rb", closefd=False) as file:
            return file.read(limit_mb * 2**20)
    except OSError as exc:
        raise ParseError(why_unreadable(exc)) from exc
    finally:
        os.close(handle)


def why_unreadable(exc: OSError) -> str:
    """Why the system refused a file, and what to do."""
    if exc.errno in (errno.EACCES, errno.EPERM):
        return "permission denied: let the account that runs Footnote read this file"
    if exc.errno == errno.ENOENT:
        return "the file is gone: it was moved or deleted while indexing"
    if exc.errno == errno.ELOOP:
        return "this is a symbolic link; links are not followed: add the file it points to"
    return f"the file cannot be read: {exc.strerror or exc}"


def _limit_memory(limits: ParseLimits) -> None:
    """Limits what this process may allocate from here on (its data, not mapped libraries)."""
    import resource

    allowed = (_data_mb() + limits.memory_mb) * 2**20
    for kind in (resource.RLIMIT_DATA, resource.RLIMIT_CORE):
        wanted = int(allowed) if kind == resource.RLIMIT_DATA else 0
        _, hard = resource.getrlimit(kind)
        if hard != resource.RLIM_INFINITY:
            wanted = min(wanted, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (wanted, hard))


def _data_mb() -> float:
    return _statm(5)


def _resident_mb() -> float:
    return _statm(1)


def _statm(field: int) -> float:
    try:
        with open("/proc/self/statm", "rb") as statm:
            return int(statm.read().split()[field]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except (OSError, ValueError, IndexError):
        return 200.0  # a system without /proc: about what an idle worker has


def _die_with_parent(source: int) -> None:
    """Ends the process when the other end of its input closes, also in the middle of a file."""
    poll = select.poll()
    poll.register(source, 0)  # only that it hung up, never that there is something to read
    while True:
        if any(event & (select.POLLHUP | select.POLLERR) for _, event in poll.poll()):
            os._exit(0)


def _private_pipes() -> tuple[int, int]:
    """Standard input and output under other numbers, so that no library can write into them."""
    source, sink = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return source, sink


def _receive(source: int) -> bytes | None:
    header = _read_exactly(source, _HEADER.size)
    return None if header is None else _read_exactly(source, _HEADER.unpack(header)[0])


def _read_exactly(source: int, size: int) -> bytes | None:
    parts: list[bytes] = []
    while size:
        part = os.read(source, min(size, 1 << 20))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _send(sink: int, message: bytes | memoryview) -> None:
    short = len(message) < _ONE_WRITE
    head = _HEADER.pack(len(message))
    for piece in (head + bytes(message),) if short else (head, message):
        data = memoryview(piece)
        while data:
            data = data[os.write(sink, data) :]


def _by_fields(cls: type) -> Callable[[Any], tuple[type, tuple[Any, ...]]]:
    values = attrgetter(*(field.name for field in fields(cls)))
    return lambda one: (cls, values(one))


_SMALL: dict[type, Callable[[Any], Any]] = {cls: _by_fields(cls) for cls in (Block, Chunk)}
"""Dataclasses with slots pickle slowly, and a document has thousands of these."""


def _packed(reply: object) -> memoryview:
    out = io.BytesIO()
    pickler = pickle.Pickler(out, protocol=5)
    pickler.dispatch_table = _SMALL
    pickler.dump(reply)
    return out.getbuffer()
