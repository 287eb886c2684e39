"""Questions as tantivy takes them: weighted words, inside what the asker may see."""

from __future__ import annotations

from collections.abc import Sequence

import tantivy

from ingest.store.index.interface import LexicalQuery
from ingest.store.index.words.fields import FIELD_BOOSTS
from ingest.types import Scope


def ranked(
    schema: tantivy.Schema, query: LexicalQuery, scope: Scope, *, of_any_class: bool
) -> tantivy.Query:
    """Passages inside the scope by the weighted sum of their words' scores.

    With `of_any_class` the scope's access classes are not looked at.
    """
    should = [
        (tantivy.Occur.Should, _term(schema, field, term, weight * boost))
        for field, boost in FIELD_BOOSTS.items()
        for weighted in (query.native, query.translated)
        for term, weight in weighted.items()
    ]
    wanted = tantivy.Query.boolean_query(should)
    filters = _filters(schema, scope, of_any_class=of_any_class)
    if not filters:  # tantivy then skips what cannot be among the best
        return wanted
    must = [(tantivy.Occur.Must, filter_) for filter_ in filters]
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, wanted), *must])


def of_chunks(schema: tantivy.Schema, chunk_ids: range | Sequence[int]) -> tantivy.Query:
    """The passages of some chunks."""
    if isinstance(chunk_ids, range):
        return tantivy.Query.range_query(
            schema,
            "chunk_id",
            tantivy.FieldType.Unsigned,
            lower_bound=chunk_ids.start,
            upper_bound=chunk_ids.stop,
            include_upper=False,
        )
    return tantivy.Query.term_set_query(schema, "chunk_id", list(chunk_ids))


def having(schema: tantivy.Schema, wanted: tantivy.Query, name: str, value: str) -> tantivy.Query:
    """Those of the wanted passages that have a label."""
    term = tantivy.Query.term_query(schema, name, value)
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, one) for one in (wanted, term)])


def _term(schema: tantivy.Schema, field: str, term: str, weight: float) -> tantivy.Query:
    query = tantivy.Query.term_query(schema, field, term, index_option="freq")
    return tantivy.Query.boost_query(query, weight)


def _filters(schema: tantivy.Schema, scope: Scope, *, of_any_class: bool) -> list[tantivy.Query]:
    filters = []
    if not of_any_class:
        filters.append(tantivy.Query.term_set_query(schema, "access_class", sorted(scope.classes)))
    if scope.sources is not None:
        filters.append(tantivy.Query.term_set_query(schema, "source", sorted(scope.sources)))
    if scope.languages is not None:
        filters.append(tantivy.Query.term_set_query(schema, "language", sorted(scope.languages)))
    if scope.modified_after is not None:
        filters.append(
            tantivy.Query.range_query(
                schema,
                "modified",
                tantivy.FieldType.Integer,
                lower_bound=round(scope.modified_after.timestamp()),
                include_lower=False,
            )
        )
    return [tantivy.Query.const_score_query(one, 0.0) for one in filters]
