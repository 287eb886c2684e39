"""The shape of the code: imports point one way, every library has one home."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.repository import ROOT

PACKAGES = ("ingest", "assistant", "api")
MODULES = [
    path.relative_to(ROOT)
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
]

HOMES = {
    "chromadb": ("ingest/store/index/vectors/graph.py",),
    "tantivy": ("ingest/store/index/words/",),
    "pypdfium2": ("ingest/parsers/",),
    "pypdf": ("ingest/parsers/pdf/pdfium.py", "assistant/evaluation/langchain_baseline.py"),
    "openpyxl": ("ingest/parsers/",),
    "pptx": ("ingest/parsers/slides/pptx.py",),
    "docx": (),  # Word files are read with lxml; python-docx only makes them in tests
    "lxml": ("ingest/parsers/",),
    "markdown_it": ("ingest/parsers/plain/markdown.py",),
    "charset_normalizer": ("ingest/parsers/plain/decode.py",),
    "rjieba": ("ingest/text/words.py", "ingest/models/"),
    "Stemmer": ("ingest/text/words.py", "ingest/models/"),
    "sentence_transformers": (
        "ingest/models/embedders/sentence_transformer.py",
        "ingest/models/build/",
    ),
    "onnxruntime": ("ingest/models/",),
    "tokenizers": ("ingest/models/",),
    "torch": ("ingest/models/embedders/sentence_transformer.py", "ingest/models/build/"),
    "langchain": ("assistant/llm/",),
    "langchain_openai": ("assistant/llm/",),
    "langchain_core": ("assistant/llm/", "assistant/evaluation/langchain_baseline.py"),
    "openai": ("assistant/llm/", "ingest/models/embedders/endpoint.py"),
    "dulwich": ("ingest/sources/git/",),
    "protego": ("ingest/sources/web/robots.py",),
    "watchfiles": ("ingest/jobs/watching/watcher.py",),
    "httpx": ("ingest/sources/web/fetch.py", "api/cli/client.py"),
    "fastapi": ("api/",),
    "starlette": ("api/",),
    "uvicorn": ("api/",),
    "typer": ("api/",),
    "slack_bolt": ("api/bots/",),
    "slack_sdk": ("api/bots/",),
    "prometheus_client": ("api/observe/metrics.py",),
    # Statements are the catalogue's; a connection may be handed through by these.
    "sqlalchemy": (
        "ingest/store/catalogue/",
        "ingest/sync/",
        "ingest/jobs/",
        "assistant/access/principals.py",
    ),
}


KNOWN_TO_THE_EDGE = {
    "Catalogue": "is handed on to the functions that read and write it",
    "ApiKey": "is told as a body",
    "Person": "is told as a body, and stands for who speaks to a bot",
    "DocumentRecord": "is told as a body",
    "VersionText": "is told as a body",
    "GenerationState": "is a field of a body",
    "Job": "is told as a body",
    "JobState": "is a field of a body",
    "Source": "is made of a body, and told as one",
    "AccessRule": "is made of a body",
    "UPLOADS": "is the name that no source may be given",
}
"""What `api` may import from the catalogue, and why: frozen types, and one name."""


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_imports_point_one_way(path: Path) -> None:
    """api may import assistant and ingest, assistant ingest, ingest neither."""
    above = {"ingest": {"assistant", "api"}, "assistant": {"api"}, "api": set()}[path.parts[0]]
    assert not {name.split(".")[0] for name in _imports(path)} & above


@pytest.mark.parametrize("library", HOMES)
def test_each_library_has_one_home(library: str) -> None:
    """So that replacing it touches one place."""
    users = [
        path.as_posix() for path in MODULES if library in {n.split(".")[0] for n in _imports(path)}
    ]
    strangers = [one for one in users if not one.startswith(HOMES[library])]
    assert strangers == []


@pytest.mark.parametrize("package", PACKAGES[:2])
@pytest.mark.parametrize("module", ["types", "errors"])
def test_types_and_errors_stand_alone(package: str, module: str) -> None:
    """They import nothing of ours, so that every stage may import them."""
    ours = {n for n in _imports(Path(package) / f"{module}.py") if n.split(".")[0] in PACKAGES}
    assert ours == set()


@pytest.mark.parametrize("path", [one for one in MODULES if one.parts[0] == "api"], ids=str)
def test_the_edge_opens_no_transaction(path: Path) -> None:
    """What belongs together in one is written down below: `api` calls it and knows no SQL."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    opened = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("read", "write")
        and ast.unparse(node.func.value).endswith("catalogue")
    ]
    entered = [
        ast.unparse(item.context_expr)
        for node in ast.walk(tree)
        if isinstance(node, ast.With)
        for item in node.items
        if re.search(r"\.(read|write)\(\)$", ast.unparse(item.context_expr))
    ]
    assert opened + entered == []


@pytest.mark.parametrize("path", [one for one in MODULES if one.parts[0] == "api"], ids=str)
def test_the_edge_knows_the_catalogue_s_types_only(path: Path) -> None:
    """Everything else of it goes through `ingest.store.overview` and the packages above."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    taken = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("ingest.store.catalogue")
        for alias in node.names
    }
    assert taken - KNOWN_TO_THE_EDGE.keys() == set()


def test_modules_are_called_what_they_do() -> None:
    """No drawer for everything."""
    vague = {"utils", "util", "helpers", "common", "base", "manager", "service", "handler", "misc"}
    assert [path for path in MODULES if path.stem in vague] == []


def test_nothing_heavy_is_imported_with_the_packages() -> None:
    """Importing the application's factory leaves Chroma, LangChain and OpenAI alone."""
    import subprocess
    import sys

    code = (
        "import sys, api.app\n"
        "heavy = {'chromadb', 'langchain', 'openai', 'torch', 'slack_bolt', 'docx', 'pptx',\n"
        "         'dulwich'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"
