"""What an extract is chosen from: the sentences and table rows of a passage, with their context."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from assistant.analysis.passage import AnalysedPassage, Rows, Sentence, Wording
from ingest.models.static import MOST_COMPARED

LEAST_CHARACTERS = 3
"""A shorter line says nothing."""

_CELLS = " | "


@dataclass(frozen=True)
class Block:
    """A paragraph, list or table: what stands between two empty lines of a passage."""

    start: int
    end: int
    sentences: tuple[Sentence, ...]

    @cached_property
    def rows(self) -> Rows:
        """Its words as rows of the static model."""
        return np.concatenate([one.wording.rows for one in self.sentences])

    @cached_property
    def terms(self) -> frozenset[str]:
        """Its index terms."""
        return frozenset().union(*(one.wording.terms for one in self.sentences))


@dataclass(frozen=True)
class Line:
    """A sentence of a passage and what it has to be read with.

    `heading` is the innermost heading above it. Of a table's row, `columns` is the header that
    says what its cells mean, and `header` where that stands if it stands in the passage.
    """

    passage: int
    own: Sentence
    block: Block
    heading: Wording
    columns: Wording | None = None
    header: tuple[int, int] | None = None

    @cached_property
    def placed(self) -> Rows:
        """Its words below its heading and its table's header."""
        columns = () if self.columns is None else (self.columns.rows,)
        return np.concatenate([self.heading.rows, *columns, self.own.wording.rows])[:MOST_COMPARED]

    @property
    def around(self) -> Rows:
        """The words of its paragraph or list below its heading; a row has its own."""
        if self.columns is not None:
            return self.placed
        return np.concatenate([self.heading.rows, self.block.rows])[:MOST_COMPARED]

    @property
    def around_terms(self) -> frozenset[str]:
        """The index terms of the same."""
        if self.columns is not None:
            return self.heading.terms | self.columns.terms | self.own.wording.terms
        return self.heading.terms | self.block.terms


def lines_of(number: int, read: AnalysedPassage) -> list[Line]:
    """The passage's sentences; its headings and table headers are context, not sentences."""
    passage, wordings = read.passage, read.words.wordings
    headings = {_folded(one) for one in (*passage.chunk.headings, *passage.section_headings)}
    headings.add(_folded(passage.chunk.title))
    heading = wordings.of(passage.chunk.headings[-1] if passage.chunk.headings else "")
    shared = wordings.of(passage.chunk.table_header or "")
    header: Sentence | None = None
    in_table = False
    out: list[Line] = []
    for block in _blocks(read):
        for own in block.sentences:
            is_row = _CELLS in own.text
            if is_row and not in_table and passage.chunk.table_header is None:
                in_table, header = True, own
                continue
            in_table = is_row
            if _folded(own.text) in headings:
                heading = own.wording
            elif is_row:
                place = (header.start, header.end) if header else None
                columns = header.wording if header else shared
                out.append(Line(number, own, block, heading, columns, place))
            elif len(own.text) >= LEAST_CHARACTERS:
                header = None
                out.append(Line(number, own, block, heading))
    return out


def _blocks(read: AnalysedPassage) -> list[Block]:
    """The blocks of a passage, in order."""
    text = read.passage.text
    blocks: list[Block] = []
    start = 0
    while start < len(text):
        end = text.find("\n\n", start)
        end = len(text) if end < 0 else end
        sentences = tuple(read.words.between(start, end))
        if sentences:
            blocks.append(Block(start, end, sentences))
        start = end + 2
    return blocks


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
