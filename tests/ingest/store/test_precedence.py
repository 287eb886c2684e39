"""Questions go before indexing."""

from __future__ import annotations

import threading

from ingest.store.precedence import Precedence


def test_indexing_waits_while_somebody_asks() -> None:
    """And goes on when the last question is answered."""
    turns = Precedence()
    passed = threading.Event()

    def index() -> None:
        assert turns.wait(30)
        passed.set()

    with turns.question():
        with turns.question():
            worker = threading.Thread(target=index)
            worker.start()
            assert not passed.wait(0.05)
        assert not passed.is_set()
    worker.join(30)
    assert passed.is_set()


def test_indexing_is_not_starved() -> None:
    """After its longest wait it takes its turn all the same."""
    turns = Precedence()
    with turns.question():
        assert not turns.wait(0.01)
    assert turns.wait(0.01)


def test_a_question_that_fails_gives_way() -> None:
    """An error in a question does not block indexing for ever."""
    turns = Precedence()
    try:
        with turns.question():
            raise ValueError
    except ValueError:
        pass
    assert turns.wait(0.01)
