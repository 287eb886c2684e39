"""Building a generation of the index beside the live one, from the text that the catalogue keeps.

Nothing is parsed, and what the same model has embedded before is not embedded again. Documents
that change meanwhile are caught up with; killed at any moment, a build goes on where it was.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from ingest.care.live import OpenGeneration
from ingest.care.repair import index_again
from ingest.store.catalogue import generations
from ingest.store.catalogue.database.engine import Catalogue
from ingest.store.catalogue.documents.staging import add_chunks, staged_chunks
from ingest.store.catalogue.documents.texts import parsed_versions
from ingest.store.catalogue.jobs.progress import Progress
from ingest.store.precedence import Precedence
from ingest.text.chunk import chunk_document

BATCH = 64


def fill(
    catalogue: Catalogue,
    opened: OpenGeneration,
    precedence: Precedence,
    progress: Progress,
    on_progress: Callable[[Progress], None],
    stop: threading.Event,
) -> None:
    """Adds every document that has no chunks in the generation yet, until there is none.

    Ends after the batch under way when `stop` is set; what is written stays.
    """
    added = True
    while added and not stop.is_set():
        added = False
        after = ""
        while not stop.is_set():
            precedence.wait()
            last, chunks = _add_some(catalogue, opened, after)
            if not last:
                break
            after = last[-1]
            added = added or chunks > 0
            progress.chunks += chunks
            progress.done += len(last)
            progress.total = max(progress.total, progress.done)
            on_progress(progress)


def _add_some(catalogue: Catalogue, opened: OpenGeneration, after: str) -> tuple[list[str], int]:
    """The next documents: their ids, and how many chunks were added."""
    number, recipe = opened.generation.id, opened.generation.recipe
    with catalogue.read() as connection:
        part = generations.waiting(connection, number, after, BATCH)
        texts = parsed_versions(connection, part)
    made = [
        (
            document_id,
            version,
            staged_chunks(
                parsed, chunk_document(parsed, recipe.chunk_tokens, recipe.chunk_max_tokens)
            ),
        )
        for document_id, version in part
        if (parsed := texts.get(document_id)) is not None
    ]
    with catalogue.write() as tx:
        live = generations.live_versions(tx, [one for one, _, _ in made])
        ids = add_chunks(tx, number, [one for one in made if live.get(one[0]) == one[1]])
    index_again(catalogue, opened.index, opened.embedder, ids, number)
    opened.index.commit()
    return [document_id for document_id, _ in part], len(ids)
