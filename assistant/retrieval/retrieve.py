"""From a question to passages: both legs, fused, re-ranked, live and allowed rows only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.analysis.question import AnalysedQuestion, analyse_question
from assistant.retrieval.duplicates import fold_duplicates
from assistant.retrieval.rank import (
    DEPTH,
    SECOND_STAGE,
    Candidate,
    abroad_weight,
    dense_weight,
    fuse,
    lean,
    naming,
    rerank,
    second_stage,
    standardise,
    sureness,
)
from assistant.retrieval.strength import rarities
from ingest.models.static import StaticModel
from ingest.models.translations import Translations
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.readable.chunks import live_chunks
from ingest.store.index.interface import LANGUAGES, Index, LexicalQuery, Searchable
from ingest.text.composed import compose_embedded
from ingest.text.words import analyse
from ingest.types import Hit, LiveChunk, Scope

CANDIDATES = DEPTH + 1
"""Hits taken from each leg, whatever the limit, so that the limit never reorders the head: all
that score, and the one whose score is the floor."""

CHECKED = 24
"""Fused candidates that are joined to the catalogue at a time."""

_LEGS_AT_ONCE = 8
"""How many questions may search by meaning at once; an embedder behind a network takes its time."""

TRANSLATION_WEIGHT = 2.0
"""How much a translated word counts beside a word of the question itself."""


@dataclass(frozen=True, slots=True)
class Found:
    """A live, allowed chunk with its final score, its likeness in meaning, and its ranks.

    `meaning` is how much of the question it covers (MaxSim), 0 where that was not looked at.
    """

    chunk: LiveChunk
    score: float
    meaning: float
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found for a question, best first, and how much each of its words says there.

    `weights` are of the same index as `found` (see `rarities`).
    """

    found: list[Found]
    weights: Mapping[str, float]


class Retriever:
    """Finds passages. Thread-safe; holds no state of a question."""

    def __init__(
        self,
        catalogue: Catalogue,
        current: Callable[[], Searchable],
        static_model: StaticModel,
        translations: Translations,
    ) -> None:
        self._catalogue = catalogue
        self._current = current
        self._static = static_model
        self._translations = translations
        self._beside = ThreadPoolExecutor(_LEGS_AT_ONCE, thread_name_prefix="meaning")

    def analyse(self, text: str) -> AnalysedQuestion:
        """A question as the stages from here on take it."""
        return analyse_question(text, self._static, self._translations)

    def retrieve(self, question: AnalysedQuestion, scope: Scope, limit: int) -> Findings:
        """The best `limit` chunks inside `scope` for a question, best first.

        A version that moved between searching and joining is searched for once more.
        """
        for _ in range(2):
            now = self._current()
            weights = rarities(question, now.index.frequency, now.index.count())
            fused = self._fused(now, question, weights, scope)
            found, stale = self._live(now, question, fused, scope, limit)
            if not stale or len(found) >= limit:
                break
        return Findings(found, weights)

    def close(self) -> None:
        """Ends the threads that search by meaning; whoever asks afterwards is refused."""
        self._beside.shutdown(wait=True)

    def _fused(
        self,
        now: Searchable,
        question: AnalysedQuestion,
        weights: Mapping[str, float],
        scope: Scope,
    ) -> list[Candidate]:
        index = now.index
        # On another core meanwhile: both legs spend most of their time outside Python.
        meaning = self._beside.submit(_meaning, now, question.text, scope)
        query = lexical_query(question)
        own = index.lexical(LexicalQuery(query.native, {}), scope, CANDIDATES)
        sure = sureness(_covered(query, weights, own))
        lexical = _with_translations(index, query, own, question.language, scope, sure)
        share = dense_weight(sure, in_context=now.embedder.reads_closely(question.text))
        return fuse(lexical, meaning.result(), share)

    def _live(
        self,
        now: Searchable,
        question: AnalysedQuestion,
        fused: Sequence[Candidate],
        scope: Scope,
        limit: int,
    ) -> tuple[list[Found], bool]:
        """The first live and allowed candidates, re-ranked; and whether any had just died."""
        first: list[tuple[Candidate, LiveChunk]] = []
        stale = False
        wanted = max(limit, SECOND_STAGE)
        for start in range(0, len(fused), CHECKED):
            part = fused[start : start + CHECKED]
            with self._catalogue.read() as connection:
                live = live_chunks(connection, [one.chunk_id for one in part], scope)
            stale = stale or len(live) < len(part)
            first.extend((one, live[one.chunk_id]) for one in part if one.chunk_id in live)
            first = _without_copies(now.index, first)
            if len(first) >= wanted:
                break
        if now.embedder.reads_closely(question.text):
            first = self._leaning(question, first)
        return self._ranked(now.index, question, first[:wanted])[:limit], stale

    def _leaning(
        self, question: AnalysedQuestion, first: Sequence[tuple[Candidate, LiveChunk]]
    ) -> list[tuple[Candidate, LiveChunk]]:
        """The candidates in an order that goes by likeness as far as the question is a title.

        Not where it holds a number or a code: those are found by their letters.
        """
        if any(letter.isdigit() for letter in question.text):
            return list(first)
        head = [chunk for _, chunk in first[:SECOND_STAGE]]
        covered = [float(share) for share in self._named(question, head)]
        lengths = [len(analyse(_name_of(chunk)).words) for chunk in head]
        nearness = naming(len(question.words), covered, lengths)
        leaning = [(lean(one, nearness), chunk) for one, chunk in first]
        return sorted(leaning, key=lambda each: -each[0].score)

    def _ranked(
        self, index: Index, question: AnalysedQuestion, first: Sequence[tuple[Candidate, LiveChunk]]
    ) -> list[Found]:
        if not first:
            return []
        head = first[:SECOND_STAGE]
        kept = index.words_of([one.chunk_id for one, _ in head])
        rows = [
            own if self._static.knows(own) else self._static.compared_words(_embedded(chunk))
            for own, (_, chunk) in zip(kept, head, strict=True)
        ]
        covered, closest = self._static.compare_words(question.rows, rows)
        named = self._named(question, [chunk for _, chunk in head])
        compared = second_stage(covered, closest, named)
        scores = rerank([one.score for one, _ in head], compared)
        found = [
            Found(chunk, float(score), float(meaning), one)
            for (one, chunk), score, meaning in zip(head, scores, covered, strict=True)
        ]
        found.sort(key=lambda each: -each.score)
        tail = [Found(chunk, one.score, 0.0, one) for one, chunk in first[len(head) :]]
        return found + tail

    def _named(
        self, question: AnalysedQuestion, chunks: Sequence[LiveChunk]
    ) -> NDArray[np.float32]:
        """How much of the question each chunk's title with its headings covers, (n,)."""
        names = [_name_of(chunk) for chunk in chunks]
        rows = {name: self._static.compared_words(name) for name in dict.fromkeys(names)}
        return self._static.compare_words(question.rows, [rows[name] for name in names])[0]


def lexical_query(question: AnalysedQuestion) -> LexicalQuery:
    """The question's own terms, and the translations of its words with their weights."""
    native: dict[str, float] = {}
    for term in question.terms:
        native[term] = native.get(term, 0.0) + 1.0
    translated: dict[str, float] = {}
    for others in question.translations.values():
        for other, weight in others:
            for term, share in _index_terms(other):
                if term not in native:
                    more = TRANSLATION_WEIGHT * weight * share
                    translated[term] = translated.get(term, 0.0) + more
    return LexicalQuery(native, translated)


def _without_copies(
    index: Index, found: Sequence[tuple[Candidate, LiveChunk]]
) -> list[tuple[Candidate, LiveChunk]]:
    """The candidates (best first) without those that say the same as an earlier one."""
    ids = [one.chunk_id for one, _ in found]
    texts = {chunk.chunk_id: chunk.text for _, chunk in found}
    kept = set(fold_duplicates(ids, texts, index.vectors(ids)))
    return [each for each in found if each[0].chunk_id in kept]


def _covered(query: LexicalQuery, weights: Mapping[str, float], hits: Sequence[Hit]) -> float:
    """The best hit's score over the weight of all the question's terms; 0 without a hit."""
    if not hits:
        return 0.0
    total = sum(often * weights[term] for term, often in query.native.items())
    return hits[0].score / total if total > 0 else 0.0


def _with_translations(
    index: Index,
    query: LexicalQuery,
    own: Sequence[Hit],
    language: str,
    scope: Scope,
    sure: float,
) -> list[Hit]:
    """Hits by words: in the question's language by its words, elsewhere by translations too.

    Translations as extra terms in the question's own language were measured to cost up to
    0.03 nDCG there, so passages of that language are scored by its own words alone.
    """
    others = frozenset(LANGUAGES) - {language}
    allowed = others if scope.languages is None else others & scope.languages
    if not query.translated or not allowed:
        return list(own)
    abroad = Scope(scope.classes, scope.sources, allowed, scope.modified_after)
    best = {hit.chunk_id: hit for hit in own}
    for found in index.lexical(query, abroad, CANDIDATES):
        hit = Hit(found.chunk_id, abroad_weight(sure) * found.score)
        known = best.get(hit.chunk_id)
        if known is None or hit.score > known.score:
            best[hit.chunk_id] = hit
    return sorted(best.values(), key=lambda hit: -hit.score)[:CANDIDATES]


def _meaning(now: Searchable, text: str, scope: Scope) -> list[Hit]:
    """Hits by meaning, in all languages on one scale."""
    vector = now.embedder.embed_query(text)
    if not vector.any():  # no word that the model knows: every cosine would be noise
        return []
    return standardise(now.index.dense(vector, scope, CANDIDATES))


def _embedded(chunk: LiveChunk) -> str:
    return compose_embedded(chunk.title, chunk.headings, chunk.table_header, chunk.text)


def _name_of(chunk: LiveChunk) -> str:
    """What a chunk is about, in its author's words: title and headings, each once."""
    return " ".join(dict.fromkeys((chunk.title, *chunk.headings)))


def _index_terms(word: str) -> list[tuple[str, float]]:
    """A translation as the index knows it: a Chinese word also by its bigrams, which share 1.

    The index may have cut the word otherwise; its bigrams are there however it was cut.
    """
    if len(word) < 2 or word.isascii():
        return [(word, 1.0)]
    pairs = ["#" + word[i : i + 2] for i in range(len(word) - 1)]
    return [(word, 0.5), *((pair, 1.0 / len(pairs)) for pair in pairs)]
