"""Threads and processes that index stand back behind questions."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from ingest.parsers.sandbox.outcome import ParseLimits
from ingest.parsers.sandbox.pool import ParserPool
from ingest.store.precedence import BACKGROUND, INDEXING, stand_back, started_behind
from ingest.sync.prepare import Prepared, prepare
from ingest.types import ParsedDocument
from tests.folders import write_files

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux weighs threads")


def _niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_what_is_started_behind_stands_back_and_the_caller_does_not() -> None:
    """Threads inherit the niceness of the one that starts them."""
    before = _niceness()
    seen: list[int] = []

    def start() -> str:
        child = threading.Thread(target=lambda: seen.append(_niceness()))
        child.start()
        child.join()
        return "done"

    assert started_behind(start) == "done"
    assert seen == [BACKGROUND]
    assert _niceness() == before


def test_what_goes_wrong_behind_is_told_to_the_caller() -> None:
    """The caller sees the error as if it had made the call itself."""
    with pytest.raises(ZeroDivisionError):
        started_behind(lambda: 1 / 0)


def test_one_thread_stands_back_and_the_others_do_not() -> None:
    """Only the thread that indexes is weighed less."""
    before = _niceness()
    seen: list[int] = []

    def run() -> None:
        stand_back(INDEXING)
        seen.append(_niceness())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [max(INDEXING, before)]
    assert _niceness() == before


def test_parser_processes_stand_back_in_the_session_of_the_server(tmp_path: Path) -> None:
    """In a session of its own a process competes as an equal, whatever its niceness."""
    write_files(tmp_path, {"a.md": "# Title\n\nSome text."})
    others = _children()
    with ParserPool(1, ParseLimits(), after=prepare_small) as pool:
        pool.parse(tmp_path / "a.md", "a.md")
        (worker,) = _children() - others
        assert os.getpriority(os.PRIO_PROCESS, worker) >= BACKGROUND
        assert os.getsid(worker) == os.getsid(0)
        assert os.getpgid(worker) != os.getpgid(0)


def prepare_small(document: ParsedDocument) -> Prepared:
    """What a worker does with a parsed document."""
    return prepare(document, 100, 200)


def _children() -> set[int]:
    task = Path(f"/proc/{os.getpid()}/task")
    found: set[int] = set()
    for thread in task.iterdir():
        with suppress(FileNotFoundError):  # a thread that has ended meanwhile
            found.update(map(int, (thread / "children").read_text().split()))
    return found
