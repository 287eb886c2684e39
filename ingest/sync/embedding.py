"""Vectors for staged chunks: only texts that were never seen before are embedded."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.store.catalogue import embeddings
from ingest.store.catalogue.database.batches import in_parts
from ingest.store.catalogue.documents.staging import Staged
from ingest.store.catalogue.jobs.progress import Progress
from ingest.sync.tools import Tools
from ingest.text.composed import embedded_text
from ingest.types import Vectors

EMBEDDED_AT_ONCE = 64


def embed_staged(
    tools: Tools, staged: Sequence[Staged], progress: Progress
) -> dict[str, NDArray[np.float32]]:
    """The vector of every staged chunk by text hash; only texts never seen before are embedded."""
    began = time.perf_counter()
    texts = {
        one.text_hash: embedded_text(version.new.parsed, one.chunk)
        for version in staged
        for one in version.new.chunks
    }
    model = tools.embedder.name
    with tools.catalogue.read() as connection:
        vectors = embeddings.kept(connection, model, list(texts))
    missing = [text_hash for text_hash in texts if text_hash not in vectors]
    if missing:
        made = _embed_in_turns(tools, [texts[text_hash] for text_hash in missing])
        fresh = dict(zip(missing, embeddings.as_kept(made), strict=True))
        with tools.catalogue.write() as tx:
            embeddings.keep(tx, model, fresh)
        vectors.update(fresh)
        progress.counts["embedded_chunks"] += len(missing)
    progress.spent("embed", began)
    return vectors


def _embed_in_turns(tools: Tools, texts: Sequence[str]) -> Vectors:
    """The texts' vectors; somebody who asks meanwhile waits for one slice at most."""
    made = []
    for some in in_parts(texts, EMBEDDED_AT_ONCE):
        tools.precedence.wait()
        made.append(tools.embedder.embed(some))
    return np.concatenate(made)
