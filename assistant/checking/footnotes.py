"""Writing an answer down: its text with footnote marks, its statements, its citations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from assistant.retrieval.whereabouts import reference_of
from assistant.types import Citation, DraftSentence, Passage, Statement, Status, Verdict

MARKER = re.compile(r"(?:[-*+•#>]+|\d{1,3}[.)、])\s+")
"""What stands before the text of a list's item or a heading."""

_FINAL = re.compile(r"[.!?。！？;；:：…]+$")
_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]$")


@dataclass(frozen=True, slots=True)
class Checked:
    """An answer's text with its footnote marks, each statement's verdict, and the citations.

    A statement's `text` stands in the answer's text letter for letter, before its marks.
    """

    text: str
    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    status: Status


@dataclass(frozen=True, slots=True)
class Judged:
    """A sentence with its verdict, and what to cite for it.

    `spans` are passage index, start and end in canonical offsets.
    """

    sentence: DraftSentence
    verdict: Verdict
    spans: tuple[tuple[int, int, int], ...]


def write_down(judged: Sequence[Judged], passages: Sequence[Passage], status: Status) -> Checked:
    """Text, statements and footnotes; numbers count by first use, a span has one number."""
    numbers: dict[tuple[str, int, int, int], int] = {}
    citations: list[Citation] = []
    statements: list[Statement] = []
    parts: list[str] = []
    for one in judged:
        used: list[int] = []
        for index, start, end in one.spans:
            passage = passages[index]
            key = (passage.chunk.document_id, passage.chunk.version, start, end)
            if key not in numbers:
                numbers[key] = len(numbers) + 1
                citations.append(_citation(numbers[key], passage, start, end))
            if numbers[key] not in used:
                used.append(numbers[key])
        text = one.sentence.text.strip()
        final = _FINAL.search(text)
        body, closing = (text[: final.start()], final[0]) if final else (text, "")
        body = body.rstrip()
        if not body:
            body, closing = text, ""
        marks = "".join(f"[{number}]" for number in used)
        space = " " if marks and not _WIDE.search(body) else ""
        parts.append(f"{one.sentence.gap if parts else ''}{body}{space}{marks}{closing}")
        marker = MARKER.match(body)
        statements.append(
            Statement(body[marker.end() :] if marker else body, tuple(used), one.verdict)
        )
    return Checked("".join(parts), tuple(statements), tuple(citations), status)


def _citation(number: int, passage: Passage, start: int, end: int) -> Citation:
    return Citation(
        **asdict(reference_of(passage.chunk)),
        number=number,
        start=start,
        end=end,
        quote=passage.text[start - passage.start : end - passage.start],
    )
