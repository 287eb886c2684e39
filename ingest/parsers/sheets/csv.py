"""CSV and TSV: any encoding, any of the usual separators, ragged rows."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from ingest.parsers.canonical.assemble import Assembler
from ingest.parsers.canonical.table import Row, add_table
from ingest.parsers.office.packages import reading
from ingest.parsers.plain.decode import decode
from ingest.text.characters import mend
from ingest.types import ParsedDocument

_SEPARATORS = (",", ";", "\t", "|")
_SAMPLE_LINES = 60
_LONGEST_FIELD = 2**27
_LINES_IN_A_CELL = 200
"""More line breaks inside one quoted cell than this mean a quotation mark that never closes."""


def parse(data: bytes, name: str) -> ParsedDocument:
    """The rows of a CSV or TSV file; `row` is the line's number among the records, from 1.

    Raises:
        ParseError: the bytes are no text.
    """
    text = decode(data)
    path = PurePosixPath(name)
    with reading("table"):
        lines, separator = _separator(text, tab_first=path.suffix.lower() == ".tsv")
        rows = list(_records(lines, separator))
        if any(cell.count("\n") > _LINES_IN_A_CELL for _, cells in rows for cell in cells):
            rows = list(_records(lines, separator, quoted=False))
        out = Assembler()
        add_table(out, [(number, [mend(cell).strip() for cell in cells]) for number, cells in rows])
    return out.document(path.stem)


def _records(text: str, separator: str, *, quoted: bool = True) -> Iterator[Row]:
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=separator,
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
        skipinitialspace=True,
    )
    for number, cells in enumerate(reader, start=1):
        if cells:
            yield number, cells


def _separator(text: str, *, tab_first: bool) -> tuple[str, str]:
    """The text without Excel's "sep=" line, and the character that separates its cells.

    The best separator is the one that gives most lines the same number of cells, then the one
    that gives more cells.
    """
    first, _, rest = text.partition("\n")
    first = first.strip().strip('"')
    if first.lower().startswith("sep=") and len(first) == 5:
        return rest, first[4]
    sample = "\n".join(text[:200_000].splitlines()[:_SAMPLE_LINES])
    best, best_score = "\t" if tab_first else ",", 0.0
    for separator in _SEPARATORS:
        widths = Counter(len(cells) for _, cells in _records(sample, separator))
        if not widths:
            continue
        width, agreeing = max(widths.items(), key=lambda item: item[1] if item[0] > 1 else 0)
        if width < 2:
            continue
        score = agreeing / widths.total() + min(width, 20) / 100
        if separator == "\t":
            score += 0.5 if tab_first else 0.1  # tabs are rare inside cells
        if score > best_score:
            best, best_score = separator, score
    return text, best
