"""What the catalogue holds, as it stands: each of these reads is one snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ingest.store.catalogue import generations, sources
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.generations import Generation
from ingest.store.catalogue.jobs import records
from ingest.store.catalogue.readable import documents
from ingest.store.catalogue.readable.documents import DocumentRecord, VersionText
from ingest.store.catalogue.sources import Source, Timing
from ingest.store.catalogue.totals import index_totals
from ingest.types import Scope


@dataclass(frozen=True, slots=True)
class SourceAsItIs:
    """A source with its times; `last_error` is why its last sync failed, "" if it did not."""

    timing: Timing
    last_error: str


@dataclass(frozen=True, slots=True)
class GenerationAsItIs:
    """A generation, and how many documents are not in it yet."""

    generation: Generation
    waiting: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How many documents and unfinished jobs there are by state, and how many passages."""

    documents: Mapping[str, int]
    chunks: int
    jobs: Mapping[str, int]


def document(catalogue: Catalogue, document_id: str, scope: Scope) -> DocumentRecord:
    """A document's metadata.

    Raises:
        NotFound: no such document, or the asker may not read it (the same message for both).
    """
    with catalogue.read() as connection:
        return documents.document_record(connection, document_id, scope)


def any_document(catalogue: Catalogue, document_id: str) -> DocumentRecord:
    """A document's metadata, whoever may read it; for admins only.

    Raises:
        NotFound: no such document.
    """
    with catalogue.read() as connection:
        scope = documents.scope_of_admin(connection)
        return documents.document_record(connection, document_id, scope)


def page_of_documents(
    catalogue: Catalogue,
    scope: Scope,
    *,
    source: str | None = None,
    state: str | None = None,
    limit: int = 100,
    offset: int = 0,
) -> tuple[int, list[DocumentRecord]]:
    """How many documents there are inside the scope, and one page of them by source and path."""
    with catalogue.read() as connection:
        return documents.document_records(
            connection, scope, source_name=source, state=state, limit=limit, offset=offset
        )


def text(catalogue: Catalogue, document_id: str, version: int | None, scope: Scope) -> VersionText:
    """The text of a version (None: the live one) of a document that the asker may read.

    Raises:
        NotFound: no such document or version, or the asker may not read it.
    """
    with catalogue.read() as connection:
        return documents.version_text(connection, document_id, version, scope)


def readable_sources(catalogue: Catalogue, scope: Scope) -> list[str]:
    """Names of the sources in which the asker can read at least one document."""
    with catalogue.read() as connection:
        return documents.readable_sources(connection, scope)


def source(catalogue: Catalogue, name: str) -> Source:
    """One source.

    Raises:
        NotFound: there is none of this name.
    """
    with catalogue.read() as connection:
        return sources.get(connection, name)


def every_source(catalogue: Catalogue) -> list[SourceAsItIs]:
    """Every source, by name."""
    with catalogue.read() as connection:
        errors = records.last_errors(connection)
        return [
            SourceAsItIs(one, errors.get(one.source.name, ""))
            for one in sources.timings(connection)
        ]


def every_generation(catalogue: Catalogue) -> list[GenerationAsItIs]:
    """Every generation, oldest first."""
    with catalogue.read() as connection:
        return [
            GenerationAsItIs(one, generations.count_waiting(connection, one.id))
            for one in generations.every(connection)
        ]


def counts(catalogue: Catalogue) -> Counts:
    """Counts over everything; for metrics, not for askers."""
    with catalogue.read() as connection:
        totals = index_totals(connection)
        states = [job.state.value for job in records.unfinished(connection)]
    jobs = {state: states.count(state) for state in records.UNFINISHED}
    return Counts(totals.by_state, totals.chunks, jobs)


def ping(catalogue: Catalogue) -> None:
    """Returns if the catalogue answers; whatever keeps it from it is raised."""
    with catalogue.read() as connection:
        connection.exec_driver_sql("SELECT 1")
