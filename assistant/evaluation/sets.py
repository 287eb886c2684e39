"""Reading what to measure on: evaluation sets, golden questions, EnterpriseRAG-Bench exports."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assistant.errors import AssistantError
from ingest.parsers.canonical.assemble import Assembler
from ingest.store.catalogue.access.classes import EVERYONE, AccessRule
from ingest.store.catalogue.sources import rules_from_json
from ingest.text.language import language_of
from ingest.types import BlockKind, ParsedDocument

OPEN_TO_ALL = (AccessRule("**", frozenset({EVERYONE})),)


class BadSet(AssistantError):
    """A file or folder is no evaluation set, or a broken one; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class EvalQuery:
    """A question, what answers it, and who asks.

    `pages` are (document, page from 1) where the answer stands, if the set knows.
    """

    id: str
    text: str
    language: str
    kind: str
    answerable: bool
    answers: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    pages: frozenset[tuple[str, int]] = frozenset()


@dataclass(frozen=True, slots=True)
class EvalFolder:
    """A folder that is indexed like any source; ids are `prefix` and the path below it."""

    path: Path
    access: tuple[AccessRule, ...] = OPEN_TO_ALL
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class EvalSet:
    """Documents, questions, and which documents are relevant to which question (grades > 0).

    Documents are given as text, in folders, or as both.
    """

    name: str
    queries: tuple[EvalQuery, ...]
    relevant: Mapping[str, Mapping[str, int]]
    documents: tuple[tuple[str, ParsedDocument], ...] = ()
    folders: tuple[EvalFolder, ...] = ()


def read_set(path: Path, *, qrels: Path | None = None, mix: bool = False) -> EvalSet:
    """The set at `path`: a folder, or a file of golden questions beside its documents.

    Args:
        path: a folder with `corpus.jsonl` or `files/`, `queries.jsonl` and `qrels.tsv`; a folder of
            an EnterpriseRAG-Bench export (`questions.jsonl`); or `golden.jsonl`.
        qrels: another relevance file for the same corpus.
        mix: of pairs of translated passages (`en-…3`, `zh-…3`) keep the English one at even and
            the Chinese one at odd positions, and let each language's questions look for both.

    Raises:
        BadSet: it is none of these.
    """
    try:
        return _read(path, qrels, mix)
    except (KeyError, TypeError, ValueError) as exc:
        raise BadSet(f"{path} is not of the form described by its kind: {exc!r}") from exc


def _read(path: Path, qrels: Path | None, mix: bool) -> EvalSet:
    if path.is_file():
        return _golden(path)
    if (path / "questions.jsonl").is_file():
        return _enterprise(path)
    if not (path / "queries.jsonl").is_file():
        raise BadSet(
            f"{path} is no evaluation set: it needs queries.jsonl and qrels.tsv beside "
            "corpus.jsonl or files/, or questions.jsonl (EnterpriseRAG-Bench)"
        )
    queries = tuple(_query(row) for row in _rows(path / "queries.jsonl"))
    relevant = _qrels(qrels or path / "qrels.tsv")
    files = path / "files"
    if files.is_dir():
        return EvalSet(path.name, queries, relevant, folders=(EvalFolder(files),))
    documents = tuple(_document(row) for row in _rows(path / "corpus.jsonl"))
    made = EvalSet(path.name, queries, relevant, documents=documents)
    return _mixed(made, path) if mix else made


def pooled(sets: Sequence[EvalSet]) -> EvalSet:
    """Several sets in one index; ids are prefixed by the set's name, which is each one's kind."""
    documents: list[tuple[str, ParsedDocument]] = []
    folders: list[EvalFolder] = []
    queries: list[EvalQuery] = []
    relevant: dict[str, dict[str, int]] = {}
    for one in sets:
        prefix = f"{one.name}/"
        documents += [(prefix + name, parsed) for name, parsed in one.documents]
        folders += [replace(folder, prefix=prefix + folder.prefix) for folder in one.folders]
        queries += [
            replace(
                query,
                id=prefix + query.id,
                kind=one.name,
                pages=frozenset((prefix + name, page) for name, page in query.pages),
            )
            for query in one.queries
        ]
        for query_id, grades in one.relevant.items():
            relevant[prefix + query_id] = {prefix + name: n for name, n in grades.items()}
    name = "+".join(one.name for one in sets)
    return EvalSet(name, tuple(queries), relevant, tuple(documents), tuple(folders))


def narrowed(whole: EvalSet, *, passages: str | None, questions: str | None) -> EvalSet:
    """Only passages, and only questions, of a language ("en", "zh"); None keeps all.

    Raises:
        BadSet: the set is a folder of files, whose passages have no language beforehand.
    """
    if passages is not None and whole.folders:
        raise BadSet(f"{whole.name} is a set of files; only sets of texts can be narrowed")
    kept = tuple(one for one in whole.documents if passages is None or one[1].language == passages)
    names = {name for name, _ in kept} if passages is not None else None
    relevant = {
        query_id: {name: grade for name, grade in grades.items() if names is None or name in names}
        for query_id, grades in whole.relevant.items()
    }
    queries = tuple(one for one in whole.queries if questions is None or one.language == questions)
    label = f" ({questions or 'all'} on {passages or 'all'})" if passages or questions else ""
    return replace(
        whole,
        name=whole.name + label,
        documents=kept,
        queries=queries,
        relevant={query_id: grades for query_id, grades in relevant.items() if grades},
    )


def _golden(path: Path) -> EvalSet:
    folder = path.parent / "company"
    rules = path.parent / "access.json"
    access = (
        rules_from_json(json.loads(rules.read_text(encoding="utf-8"))["access"])
        if rules.is_file()
        else OPEN_TO_ALL
    )
    rows = list(_rows(path))
    queries = tuple(
        EvalQuery(
            id=row["id"],
            text=row["question"],
            language=row.get("language") or language_of(row["question"]),
            kind=row.get("type", ""),
            answerable=row.get("answerable", True),
            answers=tuple(row.get("answers", ())),
            groups=tuple(row.get("as_groups", ())),
        )
        for row in rows
    )
    relevant = {row["id"]: dict.fromkeys(row.get("files", ()), 1) for row in rows}
    return EvalSet(path.stem, queries, relevant, folders=(EvalFolder(folder, access),))


def _enterprise(path: Path) -> EvalSet:
    """Documents are JSON files with `dataset_doc_uuid`; a question names those it expects."""
    documents = []
    for file in sorted(path.rglob("*.json")):
        row = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(row, dict) and "dataset_doc_uuid" in row:
            text = str(row.get("content") or row.get("text") or "")
            title = str(row.get("title") or "")
            documents.append(
                _document({"id": row["dataset_doc_uuid"], "title": title, "text": text})
            )
    if not documents:
        raise BadSet(f"{path} holds questions.jsonl but no document with dataset_doc_uuid")
    rows = list(_rows(path / "questions.jsonl"))
    queries = []
    relevant = {}
    for number, row in enumerate(rows):
        query_id = str(row.get("id") or row.get("question_id") or number)
        expected = [str(one) for one in row.get("expected_doc_ids") or ()]
        kind = str(row.get("category") or row.get("type") or "")
        text = str(row["question"])
        queries.append(EvalQuery(query_id, text, language_of(text), kind, bool(expected)))
        relevant[query_id] = dict.fromkeys(expected, 1)
    return EvalSet(path.name, tuple(queries), relevant, documents=tuple(documents))


def _mixed(whole: EvalSet, path: Path) -> EvalSet:
    def place(name: str) -> int:
        return int("".join(c for c in name.split("-", 1)[1] if c.isdigit()))

    kept = {
        name
        for name, _ in whole.documents
        if (name[:2] == "en" and place(name) % 2 == 0) or (name[:2] == "zh" and place(name) % 2)
    }
    relevant: dict[str, dict[str, int]] = {}
    for source in (whole.relevant, _qrels(path / "qrels-cross.tsv")):
        for query_id, grades in source.items():
            for name in grades:
                if name in kept:
                    relevant.setdefault(query_id, {})[name] = 1
    return replace(
        whole,
        name=f"{whole.name} (company mix)",
        documents=tuple(one for one in whole.documents if one[0] in kept),
        queries=tuple(one for one in whole.queries if one.language in ("en", "zh")),
        relevant=relevant,
    )


def _query(row: Mapping[str, Any]) -> EvalQuery:
    pages = set()
    for one in row.get("evidence") or ():
        if isinstance(one, dict) and "doc" in one:
            if "page0" in one:
                pages.add((one["doc"], int(one["page0"]) + 1))
            elif "page" in one:
                pages.add((one["doc"], int(one["page"])))
    return EvalQuery(
        id=str(row["id"]),
        text=row["text"],
        language=row.get("lang") or language_of(row["text"]),
        kind=str(row.get("type") or ""),
        answerable=row.get("answerable", True),
        answers=tuple(str(one) for one in row.get("answers") or ()),
        pages=frozenset(pages),
    )


def _document(row: Mapping[str, Any]) -> tuple[str, ParsedDocument]:
    made = Assembler()
    for paragraph in str(row.get("text") or "").split("\n"):
        made.block(BlockKind.PARAGRAPH, paragraph)
    return str(row["id"]), made.document(str(row.get("title") or ""))


def _qrels(path: Path) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()[1:]
    except OSError as exc:
        raise BadSet(f"{path} cannot be read ({exc.strerror})") from exc
    for line in lines:
        query_id, name, grade = line.split("\t")
        if int(grade) > 0:
            found.setdefault(query_id, {})[name] = int(grade)
    return found


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    yield json.loads(line)
                except ValueError as exc:
                    raise BadSet(f"{path}, line {number} is not JSON ({exc})") from exc
