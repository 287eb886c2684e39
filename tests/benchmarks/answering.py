"""What an extractive answer costs: processor time, and how much of texts is read for it.

The questions are the sample company's golden ones.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path

from assistant.ask import Assistant
from assistant.settings import AssistantSettings
from assistant.types import Mode, Principal, Question, Role
from ingest.library import Library
from ingest.text.language import language_of
from tests.assistant.analysis.reading import READERS, counted
from tests.folders import add_source, open_library, scope, sync
from tests.repository import ROOT

ROUNDS = 5


def run(_: Path | None) -> dict[str, str]:
    """Every golden question of the sample company, some times over, by one asker."""
    lines = (ROOT / "data" / "golden.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines]
    with tempfile.TemporaryDirectory() as home, open_library(Path(home)) as library:
        add_source(library, ROOT / "data" / "company")
        sync(library)
        with closing(_assistant(library)) as assistant, counted() as read:
            _ask(library, assistant, questions)
        with closing(_assistant(library)) as assistant:
            spent = [_ask(library, assistant, questions) for _ in range(ROUNDS)]
    each = 1000 * statistics.median(spent) / len(questions)
    out = {"CPU of an extractive answer": f"{each:.1f} ms"}
    for name in READERS:
        calls, characters = read.of(name) / len(questions), read.characters(name) / len(questions)
        out[f"read by `{name}`, an answer"] = f"{calls:.1f} texts, {characters:.0f} characters"
    return out


def _assistant(library: Library) -> Assistant:
    parts = (library.catalogue, library.searchable, library.static_model, library.translations)
    return Assistant(*parts, None, AssistantSettings())


def _ask(library: Library, assistant: Assistant, questions: list[str]) -> float:
    """Seconds of processor time that all the answers took."""
    who = Principal("p", "P", frozenset(), Role.ADMIN, scope(library, admin=True).classes)
    began = time.process_time()
    for text in questions:
        assistant.ask(Question(text, language_of(text), mode=Mode.EXTRACTIVE), who)
    return time.process_time() - began
