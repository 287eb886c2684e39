import io
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from ingest.parsers.canonical.assemble import Assembler
from ingest.parsers.formats import SUFFIXES
from ingest.parsers.sandbox.child import judged, why_unreadable
from ingest.parsers.sandbox.outcome import ParseLimits, ParseOutcome
from ingest.parsers.sandbox.pool import ParserPool
from ingest.types import BlockKind, Chunk, DocumentState, ParsedDocument
from tests.ingest.parsers.sandbox import deeds
from tests.repository import ROOT

FAILED, INDEXED = DocumentState.FAILED, DocumentState.INDEXED


@pytest.fixture(scope="module")
def pool() -> Iterator[ParserPool[int]]:
    """Two workers with tight limits; what happens after parsing is named by the file."""
    limits = ParseLimits(seconds=2, memory_mb=300, file_mb=1)
    with ParserPool(2, limits, after=deeds.by_title) as opened:
        yield opened


def written(folder: Path, name: str, data: bytes = b"Some text.") -> tuple[Path, str]:
    path = folder / name
    path.write_bytes(data)
    return path, name


def test_good_file_comes_back_as_document_with_what_was_made_of_it(
    pool: ParserPool[int], tmp_path: Path
) -> None:
    """State, document and the result of `after` cross the pipe unharmed."""
    outcome = pool.parse(*written(tmp_path, "a.md", "# Leave\n\n年假 25 days.".encode()))
    assert outcome.state is INDEXED
    assert outcome.reason == ""
    assert outcome.document is not None
    assert outcome.document.title == "Leave"
    assert outcome.extra == len(outcome.document.text)
    assert [block.kind for block in outcome.document.blocks] == [
        BlockKind.HEADING,
        BlockKind.PARAGRAPH,
    ]


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        ("spin", "longer than 2 s"),
        ("crash", "SIGSEGV"),
        ("hoard", "more than 300 MB of memory"),
        ("raise", "KeyError"),
        ("exit", "exit code 7"),
        ("deep", "RecursionError"),
    ],
)
def test_file_that_breaks_its_parser_costs_one_line(
    pool: ParserPool[int], tmp_path: Path, deed: str, reason: str
) -> None:
    """The reason is named, and the next file is parsed as if nothing had been."""
    broken = pool.parse(*written(tmp_path, f"{deed}.txt"))
    assert (broken.state, broken.document) == (FAILED, None)
    assert reason in broken.reason
    assert pool.parse(*written(tmp_path, "good.txt")).state is INDEXED


def test_memory_that_escapes_the_limit_is_seen_from_outside(tmp_path: Path) -> None:
    """Shared memory is no data of the process; the parent kills the worker all the same."""
    with ParserPool(1, ParseLimits(memory_mb=200), after=deeds.hoard_shared) as pool:
        outcome = pool.parse(*written(tmp_path, "a.txt"))
    assert "more than 200 MB of memory" in outcome.reason


def test_noise_of_a_library_does_not_spoil_the_answer(
    pool: ParserPool[int], tmp_path: Path
) -> None:
    """What a parser prints goes nowhere, not into the pipe."""
    assert pool.parse(*written(tmp_path, "print.txt")).extra == len("Some text.")


def test_troubles_do_not_change_the_order(pool: ParserPool[int], tmp_path: Path) -> None:
    """Every file of a mixed batch has its own outcome, in order."""
    names = ["a.txt", "crash.txt", "b.txt", "exit.txt", "raise.txt", "hoard.txt", "c.txt", "d.xyz"]
    items = [written(tmp_path, name) for name in names]
    states = [outcome.state.value for outcome in pool.parse_many(items)]
    expected = "indexed failed indexed failed failed failed indexed unsupported"
    assert states == expected.split()


def test_many_threads_may_ask_at_once(pool: ParserPool[int], tmp_path: Path) -> None:
    """Eight threads on two workers: every one gets the answer to its own file."""
    outcomes: dict[int, ParseOutcome[int]] = {}

    def ask(number: int) -> None:
        outcomes[number] = pool.parse(*written(tmp_path, f"{number}.txt", b"x" * (number + 1)))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {number: outcome.extra for number, outcome in outcomes.items()} == {
        number: number + 1 for number in range(8)
    }


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
def test_file_of_no_bytes_is_empty_in_every_format(
    pool: ParserPool[int], tmp_path: Path, suffix: str
) -> None:
    """0 bytes are no fault of the format."""
    outcome = pool.parse(*written(tmp_path, f"a{suffix}", b""))
    assert (outcome.state, outcome.reason) == (DocumentState.EMPTY, "the file is empty (0 bytes)")


def test_file_without_text_is_empty(pool: ParserPool[int], tmp_path: Path) -> None:
    """Blank lines are no text."""
    outcome = pool.parse(*written(tmp_path, "a.txt", b" \n\n\t\n"))
    assert (outcome.state, outcome.reason) == (DocumentState.EMPTY, "the file holds no text")


def test_unknown_format_is_unsupported_and_not_opened(
    pool: ParserPool[int], tmp_path: Path
) -> None:
    """The name alone decides, so the file need not even exist."""
    assert pool.parse(tmp_path / "none", "photo.heic").state is DocumentState.UNSUPPORTED
    assert pool.parse(tmp_path / "none", "README").state is DocumentState.UNSUPPORTED


def test_too_large_file_is_not_read(pool: ParserPool[int], tmp_path: Path) -> None:
    """The message names size, limit and setting."""
    path = tmp_path / "big.txt"
    with path.open("wb") as file:
        file.truncate(3 * 2**20)
    outcome = pool.parse(path, "big.txt")
    assert outcome.state is FAILED
    assert "3.0 MB, more than the limit of 1 MB (setting: max_file_mb)" in outcome.reason


def test_links_folders_and_pipes_are_not_followed(pool: ParserPool[int], tmp_path: Path) -> None:
    """Only regular files are opened, and a pipe that nobody writes to does not hang."""
    target, _ = written(tmp_path, "secret.txt")
    link = tmp_path / "link.txt"
    link.symlink_to(target)
    folder = tmp_path / "folder.txt"
    folder.mkdir()
    pipe = tmp_path / "pipe.txt"
    os.mkfifo(pipe)
    assert "symbolic link" in pool.parse(link, "link.txt").reason
    assert "no regular file" in pool.parse(folder, "folder.txt").reason
    assert "no regular file" in pool.parse(pipe, "pipe.txt").reason
    assert "is gone" in pool.parse(tmp_path / "lost.txt", "lost.txt").reason


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_file_without_read_permission_says_so(pool: ParserPool[int], tmp_path: Path) -> None:
    """The reason tells the admin what to change."""
    path, name = written(tmp_path, "private.txt")
    path.chmod(0)
    outcome = pool.parse(path, name)
    assert outcome.state is FAILED
    assert outcome.reason.startswith("permission denied")


def test_reasons_of_the_system_are_told_in_words() -> None:
    """What `open` may answer has a sentence of its own, the rest the system's."""
    assert why_unreadable(PermissionError(13, "x")).startswith("permission denied")
    assert "symbolic link" in why_unreadable(OSError(40, "x"))
    assert why_unreadable(OSError(5, "Input/output error")).endswith("Input/output error")


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
def test_random_bytes_end_in_a_known_state(
    pool: ParserPool[int], tmp_path: Path, suffix: str
) -> None:
    """Whatever the name promises, there is a state and a reason."""
    noise = bytes((i * 7919 + i * i) % 256 for i in range(5000))
    outcome = pool.parse(*written(tmp_path, f"a{suffix}", noise))
    assert outcome.state is FAILED
    assert outcome.reason
    assert "internal" not in outcome.reason


def test_archive_that_unpacks_to_gigabytes_is_refused(
    pool: ParserPool[int], tmp_path: Path
) -> None:
    """A ZIP bomb named .docx fails with a reason and leaves the worker alive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("word/document.xml", "w", force_zip64=True) as entry:
            zeros = bytes(2**24)
            for _ in range(21):
                entry.write(zeros)
    outcome = pool.parse(*written(tmp_path, "bomb.docx", packed.getvalue()))
    assert outcome.state is FAILED
    assert outcome.reason
    assert pool.parse(*written(tmp_path, "good.txt")).state is INDEXED


def test_workers_are_clean_polite_and_light(tmp_path: Path) -> None:
    """A worker has lower priority, none of the parent's files, and no library that it needs not."""
    held = (tmp_path / "held").open("wb")
    with held:
        os.set_inheritable(held.fileno(), True)
        with ParserPool(1, after=deeds.report) as pool:
            outcome = pool.parse(*written(tmp_path, "a.txt"))
            assert outcome.extra is not None
            pid, parent, niceness = outcome.extra
            assert (pid != os.getpid(), parent) == (True, os.getpid())
            assert niceness > os.nice(0)
        with ParserPool(1, after=deeds.open_files) as pool:
            assert pool.parse(*written(tmp_path, "a.txt")).extra == []
        with ParserPool(1, after=deeds.imported) as pool:
            assert pool.parse(*written(tmp_path, "a.txt")).extra == []


def test_worker_serves_many_files_and_rests_when_told(tmp_path: Path) -> None:
    """One process parses one file after another; after `rest` the next one is new."""
    with ParserPool(1, after=deeds.report) as pool:
        items = [written(tmp_path, f"{n}.txt") for n in range(20)]
        pids = {outcome.extra[0] for outcome in pool.parse_many(items) if outcome.extra}
        assert len(pids) == 1
        pool.rest()
        assert not _is_running(pids.pop())
        assert pool.parse(*items[0]).state is INDEXED


def test_killed_worker_is_replaced(tmp_path: Path) -> None:
    """A worker that something else killed between two files costs nothing at all."""
    with ParserPool(1, after=deeds.report) as pool:
        first = pool.parse(*written(tmp_path, "a.txt")).extra
        assert first is not None
        os.kill(first[0], signal.SIGKILL)
        os.waitid(os.P_PID, first[0], os.WEXITED | os.WNOWAIT)  # all of its threads are gone
        assert pool.parse(*written(tmp_path, "b.txt")).state is INDEXED


def test_closing_ends_workers_at_work(tmp_path: Path) -> None:
    """Who waits for a file learns that the pool closed; later calls are refused."""
    pool = ParserPool(1, after=deeds.spin)
    item = written(tmp_path, "a.txt")
    failure: list[str] = []

    def ask() -> None:
        try:
            pool.parse(*item)
        except RuntimeError as exc:
            failure.append(str(exc))

    asking = threading.Thread(target=ask)
    asking.start()
    while not pool.busy:
        time.sleep(0.01)
    pool.close()
    asking.join(10)
    assert len(failure) == 1
    assert "closed" in failure[0]
    with pytest.raises(RuntimeError, match="closed"):
        pool.parse(*item)


def test_after_that_cannot_be_loaded_is_told(tmp_path: Path) -> None:
    """A pool whose workers cannot start says why, for every way of calling it."""
    with ParserPool(1, after=partial(_Unloadable(), 1)) as pool:
        with pytest.raises(RuntimeError, match="no parser process can be started"):
            pool.parse(*written(tmp_path, "a.txt"))
        with pytest.raises(RuntimeError, match="no parser process can be started"):
            list(pool.parse_many([written(tmp_path, "a.txt")]))


class _Unloadable:
    def __call__(self, *_: object) -> int:
        return 0

    def __setstate__(self, state: object) -> None:
        raise ValueError("not here")

    def __getstate__(self) -> object:
        return 1


_PARENT = """
import sys, time
from pathlib import Path
from ingest.parsers.sandbox.outcome import ParseLimits
from ingest.parsers.sandbox.pool import ParserPool
from tests.ingest.parsers.sandbox import deeds
pool = ParserPool(1, ParseLimits(seconds=3), after=deeds.by_title)
print(pool.parse(Path(sys.argv[1]), "pid.txt").extra, flush=True)
if sys.argv[2] == "busy":
    pool.parse(Path(sys.argv[1]), "spin.txt")
time.sleep(60)
"""


@pytest.mark.parametrize("at_work", ["idle", "busy"])
def test_workers_die_with_their_parent(tmp_path: Path, at_work: str) -> None:
    """After SIGKILL of the parent a worker goes, at the latest when its file's time is up."""
    path, _ = written(tmp_path, "a.txt")
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(path), at_work],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        assert _is_running(worker)
        parent.kill()
        parent.wait()
    _await_end(worker)


def test_chunks_made_in_the_worker_arrive(tmp_path: Path) -> None:
    """Frozen dataclasses with slots cross the pipe as they were."""
    with ParserPool(1, after=deeds_chunk) as pool:
        outcome = pool.parse(*written(tmp_path, "a.txt"))
    assert outcome.extra == (Chunk(0, 0, 10, ("h",), "en", 2),)


def deeds_chunk(document: ParsedDocument) -> tuple[Chunk, ...]:
    return (Chunk(0, 0, len(document.text), ("h",), "en", 2),)


@pytest.mark.parametrize(
    ("text", "pages", "scanned", "state", "words"),
    [
        ("x", 9, (), INDEXED, ""),
        ("x", 9, (2, 5), INDEXED, "2 of 9 pages have no text layer (scanned): 2, 5"),
        ("", 3, (1, 2, 3), DocumentState.SCANNED, "run OCR"),
        ("", 3, (), DocumentState.EMPTY, "holds no text"),
    ],
)
def test_state_follows_from_text_and_scanned_pages(
    text: str, pages: int, scanned: tuple[int, ...], state: DocumentState, words: str
) -> None:
    """Scans without text ask for OCR; a document with some scanned pages is indexed with a note."""
    assembler = Assembler()
    assembler.block(BlockKind.PARAGRAPH, text)
    got, reason = judged(assembler.document("t", pages=pages, scanned_pages=scanned))
    assert got is state
    assert words in reason
    assert bool(words) == bool(reason)


def test_what_is_missing_is_noted() -> None:
    """Broken pages and attachments do not fail a document, and are not passed over either."""
    assembler = Assembler()
    assembler.block(BlockKind.PARAGRAPH, "text")
    lost = {"pages_not_read": "3", "attachments_not_read": "a.docx: damaged"}
    _, note = judged(assembler.document("t", metadata=lost, pages=9, scanned_pages=(1,)))
    assert note == (
        "1 of 9 pages have no text layer (scanned): 1; pages that could not be read: 3; "
        "attachments that could not be read: a.docx: damaged"
    )


def _is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _await_end(pid: int) -> None:
    deadline = time.monotonic() + 20
    while _is_running(pid):
        assert time.monotonic() < deadline, f"process {pid} is still there"
        time.sleep(0.01)
