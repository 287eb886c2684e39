"""What a parser may do wrong, as functions for a worker to run after parsing."""

import ctypes
import mmap
import os
import re
import sys
import time

from ingest.types import ParsedDocument


def count(document: ParsedDocument) -> int:
    """Behaves: the length of the text."""
    return len(document.text)


def by_title(document: ParsedDocument) -> int:
    """Does what the file's name says, so that one pool can meet every kind of trouble."""
    deed = {
        "spin": spin,
        "crash": crash,
        "hoard": hoard,
        "raise": fail,
        "exit": leave,
        "print": shout,
        "deep": dive,
        "pid": identify,
    }.get(document.title, count)
    return deed(document)


def spin(_: ParsedDocument) -> int:
    """Never ends, inside C code that does not let other threads run."""
    return len(re.findall(r"(a+)+$", "a" * 60 + "b"))


def crash(_: ParsedDocument) -> int:
    """Reads address 0."""
    return len(ctypes.string_at(0))


def hoard(_: ParsedDocument) -> int:
    """Takes memory without end."""
    kept = []
    while True:
        kept.append(bytearray(20 * 2**20))


def hoard_shared(_: ParsedDocument) -> int:
    """Takes memory that no limit on a process's data counts."""
    kept = []
    while True:
        block = mmap.mmap(-1, 20 * 2**20)
        block.write(b"x" * len(block))
        kept.append(block)
        time.sleep(0.02)


def fail(_: ParsedDocument) -> int:
    """Raises what nobody expects."""
    raise KeyError("surprise")


def leave(_: ParsedDocument) -> int:
    """Ends the process."""
    os._exit(7)


def shout(document: ParsedDocument) -> int:
    """Writes to standard output, which once was the pipe."""
    print("noise", flush=True)
    os.write(1, b"noise")
    return len(document.text)


def identify(_: ParsedDocument) -> int:
    """The worker's process."""
    return os.getpid()


def dive(document: ParsedDocument) -> int:
    """Recurses without end."""
    return dive(document) + 1


def report(_: ParsedDocument) -> tuple[int, int, int]:
    """Who runs this: process, parent process, niceness."""
    return os.getpid(), os.getppid(), os.nice(0)


def open_files(_: ParsedDocument) -> list[str]:
    """What the worker has open besides standard streams and its two pipes."""
    own = f"/proc/{os.getpid()}/fd"
    found = []
    for number in os.listdir(own):
        try:
            found.append(os.readlink(f"{own}/{number}"))
        except OSError:
            continue
    return [path for path in found if not path.startswith(("pipe:", "/dev/null", own, "/proc"))]


def imported(_: ParsedDocument) -> list[str]:
    """Heavy modules that a worker should not load to parse plain text."""
    heavy = {"pypdfium2", "pypdf", "docx", "pptx", "openpyxl", "lxml", "chromadb", "sqlalchemy"}
    return sorted(heavy & set(sys.modules))
