"""The documents are true: what they name exists, what they show runs, every page can be reached."""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import httpx
import pytest
from typer.main import get_command

from api.cli.main import app
from api.settings import Settings, load_settings, settings_table
from ingest.parsers.formats import SUFFIXES
from ingest.sources.interface import Options
from ingest.sources.kinds import KINDS
from ingest.types import DocumentState
from tests.benchmarks.__main__ import BENCHMARKS, CONSTANTS
from tests.conftest import Server, running_server
from tests.repository import ROOT

PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
        *sorted((ROOT / "docs").rglob("*.md")),
    )
}
ARCHITECTURE = PAGES["docs/ARCHITECTURE.md"]

TO_BE_WRITTEN = {
    "ingest/parsers/word/odt.py",
    "ingest.sources.notes.NotesConnector",
}
"""What a page tells the reader to write: it must not be there."""

OTHER_VARIABLES = {"FOOTNOTE_CONFIG", "FOOTNOTE_EVALSETS", "FOOTNOTE_BENCH_CHUNKS"}
"""Variables that are no settings of the product."""

each_page = pytest.mark.parametrize("page", PAGES)


# ---- reading pages ----


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def spans(text: str) -> list[str]:
    """What stands between backquotes outside of fenced blocks."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return [" ".join(one.split()) for one in re.findall(r"`([^`]+)`", prose)]


def shell_lines(text: str) -> list[str]:
    """The lines of the shell examples, those that go on joined."""
    return [
        line.strip()
        for block in blocks(text, "sh")
        for line in block.replace("\\\n", " ").splitlines()
        if line.strip() and not line.startswith("#")
    ]


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


def links(page: str) -> list[tuple[Path, str]]:
    """The files that a page links to, with the anchors in them."""
    found = []
    for target in re.findall(r"\]\(([^)\s]+)\)", PAGES[page]):
        if not target.startswith(("http://", "https://")):
            path, _, anchor = target.partition("#")
            place = (ROOT / page).parent / path if path else ROOT / page
            found.append((place.resolve(), anchor))
    return found


@cache
def defined_in(path: Path) -> frozenset[str]:
    """The functions, methods and classes of a Python file."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


# ---- what is named exists ----


def test_the_settings_table_is_the_code_s() -> None:
    """Every setting with its default and meaning, as the code has it."""
    shown = re.search(
        r"<!-- settings:[^\n]*-->\n(.*?)\n<!-- /settings -->", PAGES["docs/settings.md"], re.DOTALL
    )
    assert shown is not None
    assert shown[1].strip() == settings_table()


def table_of(page: str, heading: str) -> dict[str, str]:
    """A table by its first heading: the last cell of each row by the first."""
    rows = PAGES[page].split(f"\n| {heading} |")[1].split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return {row[0].strip("`"): row[-1] for row in cells}


def test_kinds_of_sources_are_told_with_their_options() -> None:
    """Each kind, and the names that its options have."""
    told = table_of("docs/sources.md", "kind")
    assert set(told) == set(KINDS)
    for kind, connector in KINDS.items():
        module = vars(import_module(connector.rpartition(".")[0]))
        classes = [one for one in module.values() if isinstance(one, type)]
        (options,) = [one for one in classes if issubclass(one, Options) and one is not Options]
        assert re.findall(r"`(\w+)`", told[kind]) == list(options.model_fields)


def test_formats_and_states_are_told() -> None:
    """Every ending that is read, and every state that a file can end in."""
    endings = " ".join(table_of("docs/sources.md", "what").values())
    assert set(re.findall(r"`(\.\w+)`", endings)) == SUFFIXES
    assert set(table_of("docs/sources.md", "state")) == {one.value for one in DocumentState}


@each_page
def test_every_setting_exists(page: str) -> None:
    """Variables of the product are settings, the others are read by tests and benchmarks."""
    known = {f"FOOTNOTE_{name.upper()}" for name in Settings.model_fields}
    named = set(re.findall(r"\bFOOTNOTE_[A-Z][A-Z_]*[A-Z]\b", PAGES[page]))
    assert named <= known | OTHER_VARIABLES


@each_page
def test_every_file_exists(page: str) -> None:
    """Paths are paths of this repository, and a test named with its file is in it."""
    text = PAGES[page]
    named = set(re.findall(r"(?<![\w/.@-])(?:api|assistant|ingest|tests)/[\w./-]*[\w/]", text))
    named |= {one for one in spans(text) if re.match(r"(?:data|docs|\.ci)/[\w./-]+$", one)}
    assert {one for one in named if not (ROOT / one).exists()} <= TO_BE_WRITTEN
    for path, name in re.findall(r"(tests/[\w./]+\.py)::(\w+)", text):
        assert name in defined_in(ROOT / path), f"{path} has no {name}"
    files = {path.name for path in ROOT.rglob("*.py") if ".venv" not in path.parts}
    assert {one for one in spans(text) if re.fullmatch(r"\w+\.py", one)} <= files


def test_what_is_to_be_written_is_not_there_yet() -> None:
    """Else the page sends its reader to do what is done."""
    for one in TO_BE_WRITTEN:
        path = one if "/" in one else one.rpartition(".")[0].replace(".", "/") + ".py"
        assert not (ROOT / path).exists()


@each_page
def test_every_name_is_where_the_page_says(page: str) -> None:
    """`file` (`name`), `name` (`file`) and `name` in `file`."""
    path = r"`([\w/]+\.(?:py|js|toml))`"
    text = " ".join(PAGES[page].split())
    said = re.findall(rf"{path} \(`(\w+)(?:\.\w+)*`", text)
    said += [(file, name) for name, file in re.findall(rf"`(\w+)`,? (?:in |\(){path}", text)]
    for file, name in said:
        assert re.search(rf"\b{name}\b", (ROOT / file).read_text(encoding="utf-8")), (file, name)


@each_page
def test_every_module_exists(page: str) -> None:
    """Dotted names below our packages can be imported."""
    for name in set(
        re.findall(r"(?<![\w/])(?:ingest|assistant|api)(?:\.[a-zA-Z_]\w*)+", PAGES[page])
    ):
        if name in TO_BE_WRITTEN or name.endswith((".com", ".py")):
            continue
        module, _, last = name.rpartition(".")
        try:
            import_module(name)
        except ModuleNotFoundError:
            assert hasattr(import_module(module), last), name


@each_page
def test_every_make_target_exists(page: str) -> None:
    """`make run`, and the benchmarks that `make bench` is told to run."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for line in (*spans(PAGES[page]), *shell_lines(PAGES[page])):
        for target in re.findall(r"\bmake ([a-z][a-z-]*)", line):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
        for name in re.findall(r"\bBENCH_ARGS=([a-z]+)", line):
            assert name in {*BENCHMARKS, CONSTANTS}


@each_page
def test_every_link_leads_somewhere(page: str) -> None:
    """To a file of this repository, and to a heading that is there."""
    for path, anchor in links(page):
        assert path.exists(), path
        if anchor:
            assert anchor in anchors(path.read_text(encoding="utf-8")), f"{path}#{anchor}"


def test_every_page_can_be_reached() -> None:
    """From the README, link by link."""
    seen, left = set(), ["README.md"]
    while left:
        page = left.pop()
        seen.add(page)
        for path, _ in links(page):
            name = path.relative_to(ROOT).as_posix()
            if name in PAGES and name not in seen:
                left.append(name)
    assert seen == set(PAGES)


def test_folders_of_pages_are_small() -> None:
    """At most twelve entries, so that one look finds a page; the README is one screen."""
    for folder in (ROOT / "docs", *(one for one in (ROOT / "docs").rglob("*") if one.is_dir())):
        assert len(list(folder.iterdir())) <= 12, folder
    readme = PAGES["README.md"]
    assert len(readme.splitlines()) <= 60
    assert len(readme.encode()) <= 4096


# ---- invariants ----


def test_every_invariant_names_tests_that_exist() -> None:
    """They are counted from 1, and each names at least one test that holds it."""
    section = ARCHITECTURE.split("\n## Invariants\n")[1].split("\n## ")[0]
    invariants = re.split(r"^### ", section, flags=re.MULTILINE)[1:]
    assert [one.split(".")[0] for one in invariants] == [str(n) for n in range(1, 10)]
    for one in invariants:
        held_by = re.findall(r"^- `(tests/[\w./]+\.py)::(test_\w+)`$", one, re.MULTILINE)
        assert held_by, one.splitlines()[0]
        for path, name in held_by:
            assert name in defined_in(ROOT / path), f"{path} has no {name}"


# ---- the command line ----


def command_line(words: list[str]) -> None:
    """Parses a command as it would be run, without running it.

    Raises:
        click.ClickException: there is no such command or option, or its values are wrong.
    """
    command: Any = get_command(app)
    context = click.Context(command, info_name="footnote")
    while hasattr(command, "commands") and words:
        name, command, words = command.resolve_command(context, words)
        context = command.make_context(name, list(words), parent=context)
        words = [*context._protected_args, *context.args] if hasattr(command, "commands") else []


@each_page
def test_every_command_can_be_run(page: str) -> None:
    """Each example of `footnote …` names a command, its options and enough arguments."""
    for line in shell_lines(PAGES[page]):
        found = re.match(r"(?:[A-Z_]+=\S+ )*footnote (.*)", line)
        if found:
            command_line(shlex.split(found[1], comments=True))


@each_page
def test_every_command_in_a_sentence_exists(page: str) -> None:
    """`footnote sources list` and the options that are named with it."""
    root: Any = get_command(app)
    for one in spans(PAGES[page]):
        found = re.match(r"(?:[A-Z_]+=\S+ )*footnote ([a-z]+)(?: ([a-z]+))?", one)
        if not found or found[1] == "…":
            continue
        command = root.commands[found[1]]
        if hasattr(command, "commands") and found[2]:
            command = command.commands[found[2]]
        options = {option for each in command.params for option in each.opts}
        assert set(re.findall(r"(?<!\S)--[a-z][a-z0-9-]*", one)) <= options, one


def test_every_command_is_told() -> None:
    """The page of the command line has each of them, with what is below it and its options."""
    page = PAGES["docs/command-line.md"]
    root: Any = get_command(app)
    rows = [line for line in page.splitlines() if line.startswith("| `footnote ")]
    for name, command in root.commands.items():
        (row,) = [one for one in rows if re.match(rf"\| [^|]*`(?:footnote )?{name}\b", one)]
        for sub in getattr(command, "commands", ()):
            assert re.search(rf"\b{sub}\b", row), f"footnote {name} {sub}"
        options = {
            option
            for each in (command, *getattr(command, "commands", {}).values())
            for parameter in each.params
            for option in parameter.opts
        }
        assert set(re.findall(r"`(--[a-z0-9-]+)", row)) <= options, row


# ---- over HTTP ----


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server in demo mode, as `make run` starts it."""
    with running_server(tmp_path_factory.mktemp("docs"), demo=True) as server:
        yield server


@each_page
def test_every_address_is_served(page: str, demo: Server) -> None:
    """By the application as it describes itself or, for Slack, as its manifest says."""
    served = demo.client().get("/openapi.json").json()["paths"]
    manifest = (ROOT / "api/bots/slack/manifest.yaml").read_text(encoding="utf-8")
    others = {"/docs", "/openapi.json", *re.findall(r"(?:example\.com|command: )(/\S+)", manifest)}
    said = re.findall(r"\b(GET|POST|PUT|PATCH|DELETE) (/[\w/{}.-]*\w)", PAGES[page])
    said += [("", one) for one in spans(PAGES[page]) if re.fullmatch(r"/[\w/{}.-]+", one)]
    said += [("", one) for one in re.findall(r"8080(/\w[\w/{}-]*)", PAGES[page])]
    for method, path in said:
        calls = [
            set(methods)
            for known, methods in served.items()
            if re.fullmatch(re.sub(r"\{\w+\}", r"[^/]+", known), path)
        ]
        if method:
            assert any(method.lower() in one for one in calls), f"{method} {path}"
        else:
            assert calls or path in others or path == "/v1", path


def sent(line: str, server: Server, known: dict[str, str]) -> httpx.Response:
    """A curl example, sent to a server: what it names in capitals is put in."""
    for name, value in known.items():
        line = line.replace(name, value)
    words = iter(shlex.split(line, comments=True)[1:])
    method, url, headers, fields = "", "", {}, {}
    data: str | None = None
    files: dict[str, tuple[str, bytes]] = {}
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            data = next(words)
        elif word == "-F":
            name, _, value = next(words).partition("=")
            if value.startswith("@"):
                files[name] = (value[1:], b"# Notes\n\nTea is at four.\n")
            else:
                fields[name] = value
        elif word == "-o":
            next(words)
        elif not word.startswith("-"):
            url = word.replace("http://127.0.0.1:8080", server.url)
        else:
            assert word in ("-s", "-sN"), f"{word} is not understood here"
    method = method or ("POST" if data is not None or files else "GET")
    content = None if data is None else data.encode()
    return httpx.request(
        method,
        url,
        headers=headers,
        content=content,
        data=fields or None,
        files=files or None,
        timeout=60,
        trust_env=False,
    )


def names_of(value: Any) -> set[str]:
    """The names of all fields, at any depth."""
    if isinstance(value, dict):
        return set(value).union(*map(names_of, value.values()))
    return set().union(*map(names_of, value)) if isinstance(value, list) else set()


def test_every_request_is_answered(demo: Server) -> None:
    """The examples of curl in their order, with a real key, folder, answer and job."""
    admin = demo.client(demo.admin_key)
    answer = admin.post("/v1/ask", json={"question": "How many days of annual leave?"}).json()
    known = {
        "$KEY": demo.admin_key,
        "ANSWER_ID": answer["id"],
        "CONVERSATION_ID": answer["conversation_id"],
        "DOCUMENT_ID": answer["citations"][0]["document_id"],
        "/srv/handbook": str(demo.root),
    }
    count = 0
    for page, text in PAGES.items():
        for line in shell_lines(text):
            if not line.startswith("curl "):
                continue
            reply = sent(line, demo, known)
            assert reply.is_success, f"{page}: {line}\n{reply.text}"
            count += 1
            if "job_id" in reply.text:
                known["JOB_ID"] = reply.json()["job_id"]
            if "text/event-stream" in line:
                events = set(re.findall(r"^event: (\w+)", reply.text, re.MULTILINE))
                assert events == {"status", "passages", "token", "answer"}
                assert all(f"| `{one}` |" in text for one in events)
    assert count >= 12


@pytest.mark.parametrize("page", ["README.md", "docs/asking.md"])
def test_answers_look_as_they_are_shown(page: str, demo: Server) -> None:
    """Every field of the JSON examples is in what is really sent."""
    client = demo.client(demo.admin_key)
    real = names_of(client.post("/v1/ask", json={"question": "How much annual leave?"}).json())
    real |= names_of(client.post("/v1/ask", content=b"{}").json())
    for block in blocks(PAGES[page], "json"):
        assert names_of(json.loads(block)) <= real


# ---- code ----


@each_page
def test_python_examples_run(page: str, demo: Server) -> None:
    """Each by itself; the server's address and key are put in. (Connectors are tried further.)"""
    for block in blocks(PAGES[page], "python"):
        code = block.replace("http://127.0.0.1:8080", demo.url).replace("fn_…", demo.admin_key)
        exec(compile(code, page, "exec"), {"__name__": page})


@each_page
def test_settings_files_are_valid(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each TOML example can be the settings file."""
    for block in blocks(PAGES[page], "toml"):
        file = tmp_path / "footnote.toml"
        file.write_text(block, encoding="utf-8")
        monkeypatch.setenv("FOOTNOTE_CONFIG", str(file))
        load_settings()
