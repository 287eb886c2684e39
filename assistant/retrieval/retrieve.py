"""From a question to passages: both legs, fused, re-ranked, live and allowed rows only."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

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
from assistant.retrieval.strength import Asked
from ingest.models.static import StaticModel
from ingest.models.translations import Translations
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.readable.chunks import LiveChunk, live_chunks
from ingest.store.index.interface import Index, LexicalQuery, Searchable
from ingest.store.index.vectors.matrix import LANGUAGES
from ingest.text.composed import compose_embedded
from ingest.text.language import language_of
from ingest.text.words import terms, words
from ingest.types import Hit, Scope

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

    def retrieve(self, text: str, scope: Scope, limit: int) -> list[Found]:
        """The best `limit` chunks inside `scope` for a question, best first.

        A version that moved between searching and joining is searched for once more.
        """
        for _ in range(2):
            now = self._current()
            found, stale = self._live(now, text, self._fused(now, text, scope), scope, limit)
            if not stale or len(found) >= limit:
                break
        return found

    def close(self) -> None:
        """Ends the threads that search by meaning; whoever asks afterwards is refused."""
        self._beside.shutdown(wait=True)

    def asked(self, text: str) -> Asked:
        """The question's words with their weights, to measure found passages by."""
        index = self._current().index
        return Asked(text, self._translations.of, index.frequency, index.count())

    def lexical_query(self, text: str) -> LexicalQuery:
        """The question's own terms, and the translations of its words with their weights."""
        native: dict[str, float] = {}
        for term in terms(text):
            native[term] = native.get(term, 0.0) + 1.0
        translated: dict[str, float] = {}
        for word in dict.fromkeys(words(text)):
            for other, weight in self._translations.of(word):
                for term, share in _index_terms(other):
                    if term not in native:
                        more = TRANSLATION_WEIGHT * weight * share
                        translated[term] = translated.get(term, 0.0) + more
        return LexicalQuery(native, translated)

    def _fused(self, now: Searchable, text: str, scope: Scope) -> list[Candidate]:
        index = now.index
        # On another core meanwhile: both legs spend most of their time outside Python.
        meaning = self._beside.submit(_meaning, now, text, scope)
        query = self.lexical_query(text)
        own = index.lexical(LexicalQuery(query.native, {}), scope, CANDIDATES)
        sure = sureness(_covered(index, query, own))
        lexical = _with_translations(index, query, own, language_of(text), scope, sure)
        share = dense_weight(sure, in_context=now.embedder.reads_closely(text))
        return fuse(lexical, meaning.result(), share)

    def _live(
        self, now: Searchable, text: str, fused: Sequence[Candidate], scope: Scope, limit: int
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
        if now.embedder.reads_closely(text):
            first = self._leaning(text, first)
        return self._ranked(now.index, text, first[:wanted])[:limit], stale

    def _leaning(
        self, text: str, first: Sequence[tuple[Candidate, LiveChunk]]
    ) -> list[tuple[Candidate, LiveChunk]]:
        """The candidates in an order that goes by likeness as far as the question is a title.

        Not where it holds a number or a code: those are found by their letters.
        """
        if any(letter.isdigit() for letter in text):
            return list(first)
        names = [_name_of(chunk) for _, chunk in first[:SECOND_STAGE]]
        covered = [float(share) for share in self._static.maxsim(text, names)]
        nearness = naming(len(words(text)), covered, [len(words(name)) for name in names])
        leaning = [(lean(one, nearness), chunk) for one, chunk in first]
        return sorted(leaning, key=lambda each: -each[0].score)

    def _ranked(
        self, index: Index, text: str, first: Sequence[tuple[Candidate, LiveChunk]]
    ) -> list[Found]:
        if not first:
            return []
        head = first[:SECOND_STAGE]
        kept = index.words_of([one.chunk_id for one, _ in head])
        rows = [
            own if self._static.knows(own) else self._static.compared_words(_embedded(chunk))
            for own, (_, chunk) in zip(kept, head, strict=True)
        ]
        covered, closest = self._static.compare_words(text, rows)
        named = self._static.maxsim(text, [_name_of(chunk) for _, chunk in head])
        compared = second_stage(covered, closest, named)
        scores = rerank([one.score for one, _ in head], compared)
        found = [
            Found(chunk, float(score), float(meaning), one)
            for (one, chunk), score, meaning in zip(head, scores, covered, strict=True)
        ]
        found.sort(key=lambda each: -each.score)
        tail = [Found(chunk, one.score, 0.0, one) for one, chunk in first[len(head) :]]
        return found + tail


def _without_copies(
    index: Index, found: Sequence[tuple[Candidate, LiveChunk]]
) -> list[tuple[Candidate, LiveChunk]]:
    """The candidates (best first) without those that say the same as an earlier one."""
    ids = [one.chunk_id for one, _ in found]
    texts = {chunk.chunk_id: chunk.text for _, chunk in found}
    kept = set(fold_duplicates(ids, texts, index.vectors(ids)))
    return [each for each in found if each[0].chunk_id in kept]


def _covered(index: Index, query: LexicalQuery, hits: Sequence[Hit]) -> float:
    """The best hit's score over the idf of all the question's terms; 0 without a hit."""
    if not hits:
        return 0.0
    passages = index.count()
    total = 0.0
    for term, weight in query.native.items():
        count = min(passages, index.frequency(term))
        total += weight * math.log(1 + (passages - count + 0.5) / (count + 0.5))
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
