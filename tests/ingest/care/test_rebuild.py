"""An index that is written anew from the catalogue is the one that the documents gave."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from ingest.library import Library
from ingest.parsers.formats import parse
from ingest.store.catalogue.database import schema
from ingest.store.catalogue.sources import Source
from ingest.sync.batch import index_parsed
from ingest.sync.prepare import prepare
from tests.folders import OPEN_TO_ALL, open_library

WORDS = st.sampled_from(["zeppelin", "roof", "报销", "五百元", "leave", "days", "AB-1200"])
LINES = st.lists(WORDS, min_size=1, max_size=12).map(" ".join)
PARTS = st.one_of(
    LINES,
    LINES.map(lambda line: f"## {line}"),
    st.lists(st.tuples(LINES, LINES), min_size=2, max_size=30).map(
        lambda rows: "\n".join(
            ["| What | How many |", "|---|---|", *(f"| {one} | {other} |" for one, other in rows)]
        )
    ),
)
PAGES = st.lists(st.lists(PARTS, min_size=1, max_size=6).map("\n\n".join), min_size=1, max_size=4)


def _content(library: Library) -> dict[str, Any]:
    """All that an index holds, in a form that can be compared."""
    index = library.index
    ids = sorted(index.vector_ids())
    return {
        "vectors": index.vectors(ids).tolist(),
        "compared": [one.tolist() for one in index.words_of(ids)],
        "frequencies": {
            word: index.frequency(word) for word in ("zeppelin", "roof", "what", "报销", "ab-1200")
        },
        "filed": (index.filed_vectors(ids), index.filed_words(ids, ["pages"])),
        "words": sorted(index.word_ids()),
    }


@settings(max_examples=6, deadline=None)
@given(pages=PAGES)
def test_a_rebuilt_index_equals_the_first(
    tmp_path_factory: pytest.TempPathFactory, pages: list[str]
) -> None:
    """From kept embeddings, and from texts that are embedded again: tables, headings, both."""
    home: Path = tmp_path_factory.mktemp("home")
    with open_library(home) as library:
        source = Source("pages", str(home), access=OPEN_TO_ALL)
        library.save_source(source)
        prepared = partial(prepare, target=40, limit=60)
        documents = [
            (f"{number}.md", parse(f"# Page {number}\n\n{text}".encode(), f"{number}.md"))
            for number, text in enumerate(pages)
        ]
        index_parsed(library.tools(), source, documents, prepared)
        first = _content(library)
        assert np.any(first["vectors"])
        library.rebuild()
        assert _content(library) == first
        with library.catalogue.write() as tx:
            tx.execute(delete(schema.embedding))
        library.rebuild()
        assert _content(library) == first
