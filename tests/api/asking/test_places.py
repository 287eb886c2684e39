"""One line for questions: requests and threads wait in it together, and nobody's place is lost."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.asking.places import InLine, Places
from assistant.types import AnswerEvent, Principal, Question, Role
from ingest.store.catalogue.database.engine import Catalogue
from tests.api.bots.shelf import Shelf
from tests.waiting import until

WHO = Principal("ann", "Ann", frozenset(), Role.EMPLOYEE, frozenset())
ASKED = Question("How much leave?", "en")


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    """An assistant over an empty catalogue."""
    catalogue = Catalogue(f"sqlite:///{tmp_path / 'catalogue.db'}")
    yield Shelf(catalogue)
    catalogue.close()


class Room:
    """Counts who is inside, and how many were at most."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.inside = self.most = self.been = 0

    def __enter__(self) -> None:
        with self._lock:
            self.inside += 1
            self.been += 1
            self.most = max(self.most, self.inside)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.inside -= 1


def test_requests_and_threads_share_the_places() -> None:
    """However they are mixed, no more than there are places are inside, and all come to be."""
    places, room = Places(3), Room()

    def from_a_thread() -> None:
        with places.held(), room:
            threading.Event().wait(0.002)

    async def from_a_request() -> None:
        async with places.held_by_request():
            with room:
                await asyncio.sleep(0.002)

    async def requests() -> None:
        await asyncio.gather(*(from_a_request() for _ in range(40)))

    with ThreadPoolExecutor(20) as threads:
        asked = [threads.submit(from_a_thread) for _ in range(40)]
        asyncio.run(requests())
        for one in asked:
            one.result(20)
    assert (room.been, room.inside) == (80, 0)
    assert room.most == 3


def test_places_are_given_in_the_order_of_asking() -> None:
    """Whoever waits longest comes next, request or thread."""
    places, came = Places(1), []

    def bot() -> None:
        with places.held():
            came.append("bot")

    async def request(name: str) -> None:
        async with places.held_by_request():
            came.append(name)

    async def crowd(thread: ThreadPoolExecutor) -> None:
        async with places.held_by_request():
            first = asyncio.create_task(request("first"))
            await asyncio.sleep(0)
            waiting = thread.submit(bot)
            while places.waiting < 2:
                await asyncio.sleep(0.001)
            last = asyncio.create_task(request("last"))
            await asyncio.sleep(0)
        await asyncio.gather(first, last, asyncio.wrap_future(waiting))

    with ThreadPoolExecutor(1) as thread:
        asyncio.run(crowd(thread))
    assert came == ["first", "bot", "last"]


@pytest.mark.parametrize("seed", range(5))
def test_whoever_stops_waiting_leaves_no_place_empty(seed: int) -> None:
    """Requests that are called off at any moment, also as their turn comes, cost no place."""
    chance, places, room = random.Random(seed), Places(2), Room()

    async def request() -> None:
        async with places.held_by_request():
            with room:
                await asyncio.sleep(chance.random() / 500)

    async def crowd() -> None:
        tasks = [asyncio.create_task(request()) for _ in range(60)]
        for task in chance.sample(tasks, 40):
            await asyncio.sleep(chance.random() / 1000)
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.wait_for(asyncio.gather(request(), request()), 5)

    asyncio.run(crowd())
    assert room.inside == 0
    assert room.most == 2


def test_a_bot_waits_for_requests_as_they_wait_for_it(shelf: Shelf) -> None:
    """A question of a bot's thread is answered when the request before it has been."""
    places = Places(1)
    bot = InLine(shelf, places)

    async def request(thread: ThreadPoolExecutor) -> None:
        async with places.held_by_request():
            waiting = thread.submit(bot.ask, ASKED, WHO)
            while not places.waiting:
                await asyncio.sleep(0.001)
            assert shelf.asked == []
        assert (await asyncio.wrap_future(waiting)).question == ASKED.text

    with ThreadPoolExecutor(1) as thread:
        asyncio.run(request(thread))
    assert len(shelf.asked) == 1


def test_a_bot_s_stream_gives_its_place_back(shelf: Shelf) -> None:
    """Read to its end, or closed before it."""
    places = Places(1)
    bot = InLine(shelf, places)
    assert isinstance(list(bot.stream(ASKED, WHO))[-1], AnswerEvent)
    begun = bot.stream(ASKED, WHO)
    next(begun)
    waiting = threading.Thread(target=bot.ask, args=(ASKED, WHO))
    waiting.start()
    until(lambda: places.waiting)
    begun.close()  # type: ignore[attr-defined]  # a generator
    waiting.join(20)
    assert not waiting.is_alive()
