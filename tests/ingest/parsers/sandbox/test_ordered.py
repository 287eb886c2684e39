import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.parsers.sandbox.ordered import in_order


@given(st.lists(st.integers(), max_size=200), st.integers(1, 4))
def test_results_come_in_the_order_of_the_items(items: list[int], threads: int) -> None:
    """However many threads there are, the result is that of `map`."""
    assert list(in_order(lambda n: n * 2, items, threads)) == [n * 2 for n in items]


def test_a_slow_item_does_not_overtake_or_hold_up_the_others() -> None:
    """A later item is done while an earlier one still works, and comes after it."""
    second_done = threading.Event()

    def work(item: str) -> str:
        if item == "slow":
            assert second_done.wait(10)
        else:
            second_done.set()
        return item

    assert list(in_order(work, ["slow", "quick"], 2)) == ["slow", "quick"]


def test_error_of_the_work_is_raised_at_its_place() -> None:
    """What came before the failing item is still handed out."""
    results = in_order(lambda n: 1 // n, [1, 1, 0, 1], 2)
    assert [next(results), next(results)] == [1, 1]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_error_of_the_items_is_raised_after_what_came_before() -> None:
    """A generator that fails ends the results with its error."""

    def items() -> Iterator[int]:
        yield 1
        raise OSError("disk")

    results = in_order(lambda n: n, items(), 2)
    assert next(results) == 1
    with pytest.raises(OSError, match="disk"):
        next(results)


def test_leaving_early_stops_drawing_items() -> None:
    """Endless items are drawn only a little ahead, and no more once the iterator is closed."""
    drawn = 0

    def items() -> Iterator[int]:
        nonlocal drawn
        while True:
            drawn += 1
            yield drawn

    results = in_order(lambda n: n, items(), 2)
    assert next(results) == 1
    results.close()
    after = drawn
    assert after <= 2 * 64 + 4
    assert threading.active_count() < 50
    assert drawn == after
