"""The README is true: settings, commands, make targets and addresses in it exist."""

from __future__ import annotations

import re

import pytest
from typer.main import get_command

from api.cli.main import app
from api.settings import settings_table
from tests.repository import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_settings_table_is_the_code_s() -> None:
    """Every setting with its default and meaning, as the code has it."""
    shown = re.search(r"<!-- settings:[^\n]*-->\n(.*?)\n<!-- /settings -->", README, re.DOTALL)
    assert shown is not None
    assert shown[1].strip() == settings_table()


def test_every_command_in_it_exists() -> None:
    """`footnote WORD` and the options beside it."""
    group = get_command(app)
    lines = re.findall(r"footnote ((?:[a-z]+ ?){1,2})([^\n#`]*)", README)
    known = {name: one for name, one in group.commands.items()}  # type: ignore[attr-defined]  # a group
    seen = set()
    for words, rest in lines:
        name, *sub = words.split()
        if name not in known:
            continue
        command = known[name]
        if sub and hasattr(command, "commands") and sub[0] in command.commands:
            command = command.commands[sub[0]]
        options = {option for parameter in command.params for option in parameter.opts}
        for option in re.findall(r"--[a-z0-9-]+", rest):
            assert option in options, f"footnote {words}{option}"
        seen.add(name)
    assert {"sync", "ask", "serve", "sources", "keys", "people"} <= seen


def test_every_make_target_in_it_exists() -> None:
    """`make run`, `make test`, `make bench` and whatever else it names."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"make ([a-z]+)\b", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:data|api|ingest|tests)/[^`*]*)`", README)))
)
def test_every_file_in_it_exists(path: str) -> None:
    """Paths in backquotes are paths of this repository."""
    assert (ROOT / path).exists()


def test_every_address_in_it_is_served() -> None:
    """Routes under /v1 are in the application's own description."""
    from fastapi import FastAPI

    from api.routes.asking import ask
    from api.routes.openai.router import openai_router

    served = FastAPI()
    served.include_router(ask.router)
    served.include_router(
        openai_router(
            lambda: None,
            lambda: None,
            public_url="",
            generates=False,  # type: ignore[arg-type,return-value]  # never called
        )
    )
    paths = set(served.openapi()["paths"])
    for path in set(re.findall(r"/v1/[a-z/]+", README)):
        assert path in paths
