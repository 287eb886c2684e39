"""From found chunks to passages: joined with their neighbours, told why they were found."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.analysis.passage import AnalysedPassage, PassageText, Wordings
from assistant.analysis.question import AnalysedQuestion
from assistant.retrieval.retrieve import Findings, Found
from assistant.retrieval.strength import strength
from assistant.types import Passage, Why
from ingest.models.static import StaticModel
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.readable.chunks import neighbours, slice_text
from ingest.types import LiveChunk, Scope

SHOWN_WORDS = 12
"""How many of the words that a passage shares with the question are told."""

_Stretch = tuple[int, int, tuple[str, ...]]
"""Start and end in the canonical text, and every heading above or inside it."""


class Joiner:
    """Joins found chunks with their neighbours into the passages that a composer reads."""

    def __init__(self, catalogue: Catalogue, static_model: StaticModel) -> None:
        self._catalogue = catalogue
        self._static = static_model

    def passages(
        self, question: AnalysedQuestion, findings: Findings, scope: Scope, reach: int = 0
    ) -> list[AnalysedPassage]:
        """One passage a found chunk, widened by up to `reach` chunks of the same section.

        Chunks that another found chunk's passage already holds are not repeated.
        """
        chunks = [one.chunk for one in findings.found]
        made: list[tuple[Found, _Stretch, str]] = []
        with self._catalogue.read() as connection:
            near = neighbours(connection, chunks, reach, scope) if reach else {}
            for one in findings.found:
                chunk = one.chunk
                if reach and any(_holds(other.chunk, at, chunk) for other, at, _ in made):
                    continue
                start, end, headings = _section(chunk, near, reach)
                text = chunk.text
                if (start, end) != (chunk.start, chunk.end):
                    text = slice_text(
                        connection, chunk.document_id, chunk.version, start, end, scope
                    )
                made.append((one, (start, end, headings), text))
        wordings = Wordings(self._static)
        return [_passage(question, findings.weights, wordings, *each) for each in made]


def _passage(
    question: AnalysedQuestion,
    weights: Mapping[str, float],
    wordings: Wordings,
    one: Found,
    stretch: _Stretch,
    text: str,
) -> AnalysedPassage:
    start, end, headings = stretch
    passage_text = PassageText(text, wordings)
    own = passage_text.terms(one.chunk.start - start, one.chunk.end - start)
    why, held = _why(one, own, frozenset(question.terms), wordings)
    passage = Passage(
        chunk=one.chunk,
        text=text,
        start=start,
        end=end,
        score=one.score,
        strength=strength(question, weights, one.meaning, held),
        why=why,
        section_headings=headings,
    )
    return AnalysedPassage(passage, passage_text)


def _section(
    chunk: LiveChunk, near: Mapping[tuple[str, int, int], LiveChunk], reach: int
) -> _Stretch:
    """The chunk with its neighbours of the same section."""
    places = range(chunk.ordinal - reach, chunk.ordinal + reach + 1)
    around = [near.get((chunk.document_id, chunk.version, place)) for place in places]
    section = [one for one in around if one is not None and _same_section(one, chunk)] or [chunk]
    headings = dict.fromkeys(
        heading for one in section for heading in (*one.headings, *one.inner_headings)
    )
    return min(one.start for one in section), max(one.end for one in section), tuple(headings)


def _same_section(near: LiveChunk, chunk: LiveChunk) -> bool:
    """Whether two chunks of a version stand under the same innermost heading or one below it."""
    depth = len(chunk.headings)
    return near.headings[:depth] == chunk.headings and near.sheet == chunk.sheet


def _holds(other: LiveChunk, stretch: _Stretch, chunk: LiveChunk) -> bool:
    """Whether a stretch around another chunk holds this one."""
    same = (other.document_id, other.version) == (chunk.document_id, chunk.version)
    return same and stretch[0] <= chunk.start and chunk.end <= stretch[1]


def _why(
    one: Found, own: frozenset[str], asked: frozenset[str], wordings: Wordings
) -> tuple[Why, frozenset[str]]:
    """Why a chunk was found, and all the index terms that it holds; `own` are its text's."""
    chunk = one.chunk
    fields = {
        "text": own | wordings.of(chunk.table_header or "").terms,
        "headings": wordings.of(" ".join(chunk.headings)).terms,
        "title": wordings.of(chunk.title).terms,
        "path": wordings.of(chunk.path).terms,
    }
    where = tuple(name for name, held in fields.items() if held & asked)
    matched = (term for name in where for term in sorted(fields[name] & asked))
    shown = [term for term in dict.fromkeys(matched) if not term.startswith("#")]
    ranks = one.candidate.lexical_rank, one.candidate.dense_rank
    return Why(*ranks, tuple(shown[:SHOWN_WORDS]), where), frozenset().union(*fields.values())
