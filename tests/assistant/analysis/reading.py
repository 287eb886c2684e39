"""Counting how often texts are read on the way of a question: by looking at the calls."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

from ingest.models.static import StaticModel
from ingest.text import words
from ingest.text.language import language_of
from ingest.text.sentences import split_sentences

READERS: dict[str, Callable[..., Any]] = {
    "terms": words.terms,
    "analyse": words.analyse,
    "sentences": split_sentences,
    "rows": StaticModel.compared_words,
    "tokens": StaticModel.tokens,
    "vector": StaticModel.encode,
    "language": language_of,
}
"""Whatever reads a text letter by letter on the way of a question."""

TEXT_OF = {"rows": "passage", "vector": "texts"}


class Read(Counter[tuple[str, str]]):
    """How often each reader was given each text."""

    def of(self, reader: str) -> int:
        """All calls of one reader."""
        return sum(times for (name, _), times in self.items() if name == reader)

    def characters(self, *readers: str) -> int:
        """How many characters these readers have gone through."""
        return sum(len(text) * n for (name, text), n in self.items() if name in readers)

    def again(self, *readers: str) -> list[tuple[str, str, int]]:
        """What a reader was given more than once."""
        return [(*key, n) for key, n in self.items() if n > 1 and key[0] in readers]


@contextmanager
def counted() -> Iterator[Read]:
    """What is read while the block runs, in this thread and in those that begin meanwhile."""
    names: dict[CodeType, str] = {one.__code__: name for name, one in READERS.items()}
    read = Read()

    def look(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and (name := names.get(frame.f_code)):
            given = frame.f_locals[TEXT_OF.get(name, "text")]
            read.update([(name, given)] if isinstance(given, str) else [(name, t) for t in given])

    threading.setprofile(look)
    sys.setprofile(look)
    try:
        yield read
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]  # None is what ends it
