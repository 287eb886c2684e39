"""So many questions at a time, whichever way they come in; further ones stand in one line.

A request waits for its place without a thread, since streams need threads to go on; a bot's
thread waits as it is.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager

from api.asking.answering import Answering
from assistant.types import Answer, Event, Principal, Question


class Places:
    """Places for questions, given in the order in which they are asked for. Thread-safe."""

    def __init__(self, count: int) -> None:
        """`count` is how many questions are answered side by side."""
        self._lock = threading.Lock()
        self._free = count
        self._line: deque[Future[None]] = deque()

    @property
    def waiting(self) -> int:
        """How many stand in line just now."""
        with self._lock:
            return len(self._line)

    @contextmanager
    def held(self) -> Iterator[None]:
        """A place while the block runs; the thread waits for it."""
        self._ask_for_one().result()
        try:
            yield
        finally:
            self._give_back()

    @asynccontextmanager
    async def held_by_request(self) -> AsyncIterator[None]:
        """A place while the block runs; whoever stops waiting leaves the line."""
        turn = self._ask_for_one()
        try:
            await asyncio.wrap_future(turn)
        except BaseException:
            if not turn.cancel():  # it came in the moment of leaving
                self._give_back()
            raise
        try:
            yield
        finally:
            self._give_back()

    def _ask_for_one(self) -> Future[None]:
        """A turn that is done as soon as there is a place for it."""
        turn: Future[None] = Future()
        with self._lock:
            if self._free:
                self._free -= 1
                turn.set_result(None)
            else:
                self._line.append(turn)
        return turn

    def _give_back(self) -> None:
        """Hands the place to the next who still waits."""
        with self._lock:
            while self._line:
                turn = self._line.popleft()
                if turn.set_running_or_notify_cancel():
                    break
            else:
                self._free += 1
                return
        turn.set_result(None)


class InLine:
    """Answers in the caller's thread, which waits for a place first."""

    def __init__(self, answering: Answering, places: Places) -> None:
        self._answering = answering
        self._places = places

    def ask(self, question: Question, asker: Principal) -> Answer:
        """The whole answer."""
        with self._places.held():
            return self._answering.ask(question, asker)

    def stream(self, question: Question, asker: Principal) -> Iterator[Event]:
        """The answer as it comes to be; closing the generator gives the place back."""
        with self._places.held():
            yield from self._answering.stream(question, asker)
