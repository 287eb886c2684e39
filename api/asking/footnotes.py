"""Where the footnote marks stand in an answer's text, and the addresses they lead to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from assistant.types import Answer, Citation

_MARK = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an answer's text; `citation` is set if it is a footnote mark such as [1]."""

    text: str
    citation: Citation | None = None


def pieces(answer: Answer) -> Iterator[Piece]:
    """The answer's text in order, whole, marks apart from the words between them.

    A statement's own words are never a mark: a document may hold "[1]" too.
    """
    known = {one.number: one for one in answer.citations}
    at = 0
    for statement in answer.statements:
        start = answer.text.find(statement.text, at) if statement.text else -1
        if start < 0:
            continue
        yield from _between(answer.text[at:start], known)
        yield Piece(statement.text)
        at = start + len(statement.text)
    yield from _between(answer.text[at:], known)


def _between(text: str, known: dict[int, Citation]) -> Iterator[Piece]:
    at = 0
    for mark in _MARK.finditer(text):
        citation = known.get(int(mark[1]))
        if citation is None:
            continue
        if mark.start() > at:
            yield Piece(text[at : mark.start()])
        yield Piece(mark[0], citation)
        at = mark.end()
    if at < len(text):
        yield Piece(text[at:])


def passage_url(public_url: str, citation: Citation) -> str:
    """Where the page shows the cited passage; empty if this server's address is not known."""
    if not public_url:
        return ""
    where = urlencode({"version": citation.version, "start": citation.start, "end": citation.end})
    return f"{document_url(public_url, citation.document_id)}?{where}"


def document_url(public_url: str, document_id: str) -> str:
    """Where the page shows a document; empty if this server's address is not known."""
    return f"{public_url.rstrip('/')}/d/{quote(document_id, safe='')}" if public_url else ""
