"""What readers may see: nothing is given out without a scope, and nothing outside of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from ingest.library import Library
from ingest.store.catalogue.access.classes import AccessRule
from ingest.store.catalogue.for_index import live_rows
from ingest.store.catalogue.readable import chunks, documents
from ingest.store.catalogue.readable.chunks import live_chunks, neighbours, slice_text
from ingest.store.catalogue.readable.documents import live_versions
from ingest.types import LiveChunk
from tests.folders import add_source, open_library, scope, sync, write_files

PAGE = "# Pay\n\n" + "\n\n".join(f"## Grade {i}\n\nGrade {i} earns {i}000." for i in range(40))


def functions(module: ModuleType) -> list[Callable[..., Any]]:
    """The public functions that a module defines."""
    return [
        one
        for name, one in vars(module).items()
        if inspect.isfunction(one) and one.__module__ == module.__name__ and name[0] != "_"
    ]


MAKES_A_SCOPE = {"scope_of_admin"}


@pytest.mark.parametrize(
    "function", [*functions(chunks), *functions(documents)], ids=lambda one: one.__name__
)
def test_every_function_asks_for_whom(function: Callable[..., Any]) -> None:
    """The scope has no default, so that it cannot be forgotten."""
    if function.__name__ in MAKES_A_SCOPE:
        return
    asked = inspect.signature(function).parameters["scope"]
    assert asked.annotation == "Scope"
    assert asked.default is inspect.Parameter.empty


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """One document of many chunks, for the group `hr`."""
    base = tmp_path_factory.mktemp("readable")
    with open_library(base / "home") as opened:
        rules = (AccessRule("**", frozenset({"hr"})),)
        add_source(opened, write_files(base / "docs", {"pay.md": PAGE}), access=rules)
        sync(opened)
        yield opened


def _chunks(library: Library) -> list[LiveChunk]:
    with library.catalogue.read() as connection:
        ids = [row.chunk_id for row in live_rows(connection)]
        return list(live_chunks(connection, ids, scope(library, "hr")).values())


def test_neighbours_are_those_of_the_same_version_within_reach(library: Library) -> None:
    """Each chunk with the ones before and behind it, and no others."""
    found = _chunks(library)
    assert len(found) > 2
    middle = sorted(found, key=lambda one: one.ordinal)[1]
    with library.catalogue.read() as connection:
        near = neighbours(connection, [middle], 1, scope(library, "hr"))
    assert sorted(place[2] for place in near) == [0, 1, 2]
    assert near[middle.document_id, middle.version, middle.ordinal] == middle


def test_a_stretch_of_text_is_exact(library: Library) -> None:
    """A chunk's own offsets give its own text."""
    with library.catalogue.read() as connection:
        for one in _chunks(library):
            place = (one.document_id, one.version, one.start, one.end)
            assert slice_text(connection, *place, scope(library, "hr")) == one.text


def test_strangers_get_nothing(library: Library) -> None:
    """Not by id, not as a neighbour, not as a stretch, not as a number."""
    found = _chunks(library)
    one = found[0]
    for other in (scope(library), scope(library, "it")):
        with library.catalogue.read() as connection:
            assert live_chunks(connection, [one.chunk_id], other) == {}
            assert neighbours(connection, found, 1, other) == {}
            assert slice_text(connection, one.document_id, 1, 0, 9, other) == ""
            assert live_versions(connection, [one.document_id], other) == {}
