"""Work done side by side whose results come in the order of the items."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_LOOK_AHEAD = 64
"""Results for each thread that may wait for an earlier one, and for whoever takes them."""


def in_order(
    work: Callable[[Item], Result], items: Iterable[Item], threads: int
) -> Generator[Result, None, None]:
    """`work(item)` for every item, in `threads` threads, in the order of the items.

    `items` is drawn from in those threads, a little ahead of what is taken. An error of `work`
    or of `items` is raised at its place; leaving the iterator early stops the rest and waits
    for the work under way.
    """
    return _InOrder(work, items).results(threads)


class _InOrder(Generic[Item, Result]):
    def __init__(self, work: Callable[[Item], Result], items: Iterable[Item]) -> None:
        self._work = work
        self._items = iter(items)
        self._drawing = threading.Lock()
        self._changed = threading.Condition()
        # The rest is guarded by `_changed`.
        self._done: dict[int, Result | _Failure] = {}
        self._drawn = 0
        self._taken = 0
        self._exhausted = False
        self._stopped = False

    def results(self, threads: int) -> Generator[Result, None, None]:
        ahead = _LOOK_AHEAD * threads
        runners = [
            threading.Thread(target=self._run, args=(ahead,), name=f"in-order-{n}", daemon=True)
            for n in range(threads)
        ]
        for runner in runners:
            runner.start()
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._taken in self._done or self._is_over())
                    if self._taken not in self._done:
                        return
                    result = self._done.pop(self._taken)
                    self._taken += 1
                    self._changed.notify_all()
                if isinstance(result, _Failure):
                    raise result.error
                yield result
        finally:
            with self._changed:
                self._stopped = True
                self._changed.notify_all()
            for runner in runners:
                runner.join()

    def _is_over(self) -> bool:
        return self._exhausted and self._taken >= self._drawn

    def _run(self, ahead: int) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopped or self._drawn - self._taken < ahead)
                if self._stopped:
                    return
            drawn = self._draw()
            if drawn is None:
                return
            number, item = drawn
            result: Result | _Failure
            try:
                result = self._work(item)
            except Exception as exc:  # raised again where the result would be taken
                result = _Failure(exc)
            self._put(number, result)

    def _draw(self) -> tuple[int, Item] | None:
        """The next item and its number; None when there is none left."""
        with self._drawing:
            if self._exhausted:
                return None
            failure: _Failure | None = None
            try:
                item = next(self._items)
            except StopIteration:
                pass
            except Exception as exc:  # raised again after the results of the items before
                failure = _Failure(exc)
            else:
                with self._changed:
                    self._drawn += 1
                    return self._drawn - 1, item
            with self._changed:
                if failure is not None:
                    self._done[self._drawn] = failure
                    self._drawn += 1
                self._exhausted = True
                self._changed.notify_all()
            return None

    def _put(self, number: int, result: Result | _Failure) -> None:
        with self._changed:
            self._done[number] = result
            self._changed.notify_all()


class _Failure:
    def __init__(self, error: Exception) -> None:
        self.error = error
