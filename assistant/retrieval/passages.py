"""From found chunks to passages: joined with their neighbours, told why they were found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote

from assistant.retrieval.rank import Candidate
from assistant.retrieval.retrieve import Found
from assistant.retrieval.strength import Asked
from assistant.types import Passage, Why
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.readable.chunks import LiveChunk, neighbouring_chunks, slice_text
from ingest.text.words import terms


class Joiner:
    """Joins found chunks with their neighbours into the passages that a composer reads."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def passages(self, asked: Asked, found: Sequence[Found], neighbours: int = 0) -> list[Passage]:
        """One passage a found chunk, widened by up to `neighbours` chunks of the same section.

        Chunks that another found chunk's passage already holds are not repeated.
        """
        out: list[Passage] = []
        covered: list[tuple[str, int, int, int]] = []
        with self._catalogue.read() as connection:
            for one in found:
                chunk = one.chunk
                inside = any(
                    document == chunk.document_id
                    and version == chunk.version
                    and start <= chunk.start
                    and chunk.end <= end
                    for document, version, start, end in covered
                )
                if inside and neighbours:
                    continue
                start, end = chunk.start, chunk.end
                headings = (*chunk.headings, *chunk.inner_headings)
                if neighbours:
                    around = neighbouring_chunks(
                        connection,
                        chunk.document_id,
                        chunk.version,
                        chunk.ordinal - neighbours,
                        chunk.ordinal + neighbours,
                    )
                    section = [near for near in around if _same_section(near, chunk)]
                    start = min((near.start for near in section), default=start)
                    end = max((near.end for near in section), default=end)
                    headings = _headings_of(section)
                text = chunk.text
                if (start, end) != (chunk.start, chunk.end):
                    text = slice_text(connection, chunk.document_id, chunk.version, start, end)
                covered.append((chunk.document_id, chunk.version, start, end))
                passage = _passage(one, asked, text, start, end)
                out.append(replace(passage, section_headings=headings))
        return out


def _headings_of(section: Sequence[LiveChunk]) -> tuple[str, ...]:
    """Every heading above or inside the chunks, each once."""
    return tuple(
        dict.fromkeys(
            heading for near in section for heading in (*near.headings, *near.inner_headings)
        )
    )


def _same_section(near: LiveChunk, chunk: LiveChunk) -> bool:
    """Whether two chunks of a version stand under the same innermost heading or one below it."""
    depth = len(chunk.headings)
    return near.headings[:depth] == chunk.headings and near.sheet == chunk.sheet


def _passage(one: Found, asked: Asked, text: str, start: int, end: int) -> Passage:
    chunk = one.chunk
    why, held = _why(one.candidate, chunk, asked.terms)
    return Passage(
        chunk_id=chunk.chunk_id,
        document_id=chunk.document_id,
        version=chunk.version,
        title=chunk.title,
        source=chunk.source,
        path=chunk.path,
        uri=f"{quote(chunk.source)}/{quote(chunk.path)}",
        language=chunk.language,
        text=text,
        start=start,
        end=end,
        core_start=chunk.start,
        core_end=chunk.end,
        headings=chunk.headings,
        page=chunk.page_start,
        page_end=chunk.page_end,
        sheet=chunk.sheet,
        row_start=chunk.row_start,
        row_end=chunk.row_end,
        table_header=chunk.table_header,
        modified_at=chunk.modified_at,
        owner=chunk.owner,
        score=one.score,
        strength=asked.strength(one.meaning, held),
        why=why,
    )


def _why(
    candidate: Candidate, chunk: LiveChunk, asked: frozenset[str]
) -> tuple[Why, frozenset[str]]:
    """Why a chunk was found, and all the index terms that it holds."""
    fields = {
        "text": f"{chunk.table_header or ''} {chunk.text}",
        "headings": " ".join(chunk.headings),
        "title": chunk.title,
        "path": chunk.path,
    }
    matched: list[str] = []
    where: list[str] = []
    held: set[str] = set()
    for name, value in fields.items():
        own = set(terms(value))
        held |= own
        common = asked & own
        if common:
            where.append(name)
            matched.extend(sorted(common))
    shown = [term for term in dict.fromkeys(matched) if not term.startswith("#")]
    why = Why(candidate.lexical_rank, candidate.dense_rank, tuple(shown[:12]), tuple(where))
    return why, frozenset(held)
