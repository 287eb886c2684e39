"""A small company whose documents are indexed and answered from for real."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assistant.ask import Assistant
from assistant.settings import AssistantSettings
from ingest.library import Library
from ingest.store.catalogue.access.classes import EVERYONE, AccessRule
from tests.folders import add_source, open_library, sync, write_files

LEAVE = "Full-time employees receive 25 days of annual leave per calendar year."
SALARY = "Carol Smith earns a yearly salary of 91234 euros since January."


@dataclass
class Company:
    """Its library and its assistant (without a language model)."""

    library: Library
    assistant: Assistant


@contextmanager
def company(home: Path) -> Iterator[Company]:
    """The leave policy is for everyone, what people earn only for hr."""
    root = write_files(
        home / "handbook",
        {
            "leave.md": f"# Leave policy\n\n{LEAVE}\n",
            "hr/salaries.md": f"# Salaries of the staff\n\n{SALARY}\n",
        },
    )
    library = open_library(home / "state")
    try:
        rules = (
            AccessRule("hr/**", frozenset({"hr"})),
            AccessRule("**", frozenset({EVERYONE})),
        )
        add_source(library, root, access=rules)
        sync(library)
        yield Company(
            library,
            Assistant(
                library.catalogue,
                library.searchable,
                library.static_model,
                library.translations,
                None,
                AssistantSettings(),
            ),
        )
    finally:
        library.close()
