"""JSON and JSON Lines as text that a person can read and quote."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from ingest.errors import ParseError, ParseLimit
from ingest.parsers.canonical.assemble import Assembler
from ingest.parsers.plain.decode import decode
from ingest.text.characters import mend
from ingest.types import BlockKind, ParsedDocument

Value = dict[str, "Value"] | list["Value"] | str | bool | None
"""A JSON value; numbers stay the strings that the file spells them with."""

_LINE_SUFFIXES = {".jsonl", ".ndjson"}
_TITLES = ("title", "name", "subject", "heading", "question", "label", "key", "id", "_id")
_CONTENTS = ("content", "text", "body", "markdown", "answer", "page_content", "contents")
_FACTS = {
    "author": "author",
    "owner": "owner",
    "created": "created",
    "created_at": "created",
    "date": "modified",
    "modified": "modified",
    "updated": "modified",
    "updated_at": "modified",
    "last_modified": "modified",
    "language": "lang",
    "lang": "lang",
    "url": "url",
}
_LONG_TITLE = 200
_PARAGRAPH = re.compile(r"\n\s*\n")


def parse(data: bytes, name: str) -> ParsedDocument:
    """The document that a JSON file holds.

    An object with a title and a text is a document of paragraphs. Anything else becomes lines
    "path.to.key: value", a block for each item of the outermost list or object. In JSON Lines
    each record is a row, numbered by its line; lines that cannot be read are counted in the
    metadata as `skipped_lines`.

    Raises:
        ParseLimit: it is nested more deeply than Python's reader goes.
        ParseError: it is no JSON, or none of its lines is.
    """
    text = decode(data).lstrip("\ufeff")
    path = PurePosixPath(name)
    if path.suffix.lower() in _LINE_SUFFIXES:
        return _lines(text, path.stem)
    try:
        value = _load(text)
    except ValueError as exc:
        records = [line for line in text.splitlines() if line.strip()]
        if len(records) > 1 and _is_json(records[0]) and _is_json(records[1]):
            return _lines(text, path.stem)
        raise ParseError(f"the file is no valid JSON ({exc}): correct it at that place") from exc
    out = Assembler()
    if isinstance(value, dict):
        return _object(out, value, path.stem)
    if isinstance(value, list):
        for number, item in enumerate(value, start=1):
            _item(out, item, f"{number}")
    else:
        _lines_of(out, "", value)
    return out.document(path.stem)


def _load(text: str) -> Value:
    try:
        value: Value = json.loads(
            text, parse_int=str, parse_float=str, parse_constant=str, strict=False
        )
    except RecursionError as exc:
        raise ParseLimit("the JSON is nested too deeply to be read: flatten it") from exc
    return value


def _is_json(line: str) -> bool:
    try:
        _load(line)
    except (ValueError, ParseLimit):
        return False
    return True


def _lines(text: str, stem: str) -> ParsedDocument:
    out = Assembler()
    skipped, first_error = 0, ""
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = _load(line)
        except (ValueError, ParseLimit) as exc:
            skipped += 1
            first_error = first_error or f"line {number}: {exc}"
            continue
        if isinstance(record, dict) and _written(record):
            _item(out, record, f"{number}")
        else:
            out.row(" | ".join(_flat(record)), number)
    if skipped and skipped == sum(1 for line in lines if line.strip()):
        raise ParseError(f"none of the file's lines is valid JSON ({first_error})")
    return out.document(stem, metadata={"skipped_lines": str(skipped)} if skipped else {})


def _object(out: Assembler, value: dict[str, Value], stem: str) -> ParsedDocument:
    title_key, content_key = _title_key(value), _written(value)
    if content_key:
        facts = {
            fact: str(value[key]) for key, fact in _FACTS.items() if isinstance(value.get(key), str)
        }
        _paragraphs(out, str(value[content_key]))
        rest = {k: v for k, v in value.items() if k not in (title_key, content_key)}
        _lines_of(out, "", rest)
        return out.document(mend(str(value[title_key])) if title_key else stem, metadata=facts)
    plain: Value = {key: item for key, item in value.items() if not isinstance(item, dict | list)}
    _lines_of(out, "", plain)
    for key, item in value.items():
        if isinstance(item, list) and any(isinstance(entry, dict) for entry in item):
            out.heading(mend(key), 1)
            for number, entry in enumerate(item, start=1):
                _item(out, entry, f"{key} {number}", level=2)
        elif isinstance(item, dict | list) and item:
            out.heading(mend(key), 1)
            _lines_of(out, "" if isinstance(item, dict) else key, item)
    return out.document(mend(str(value[title_key])) if title_key else stem)


def _item(out: Assembler, item: Value, label: str, level: int = 1) -> None:
    if not isinstance(item, dict):
        _lines_of(out, "", item)
        return
    title_key, content_key = _title_key(item), _written(item)
    out.heading(mend(str(item[title_key])) if title_key else label, level)
    if content_key:
        _paragraphs(out, str(item[content_key]))
    _lines_of(out, "", {k: v for k, v in item.items() if k not in (title_key, content_key)})


def _paragraphs(out: Assembler, text: str) -> None:
    for paragraph in _PARAGRAPH.split(mend(text)):
        out.block(BlockKind.PARAGRAPH, paragraph)


def _lines_of(out: Assembler, prefix: str, value: Value) -> None:
    out.block(BlockKind.PARAGRAPH, "\n".join(_flat(value, prefix)))


def _title_key(value: Mapping[str, Value]) -> str | None:
    for key in _TITLES:
        found = value.get(key)
        if isinstance(found, str) and found.strip() and len(found) <= _LONG_TITLE:
            return key
    return None


def _written(value: Mapping[str, Value]) -> str | None:
    """The key of the text of an object that is a document: it has a title as well."""
    if _title_key(value) is None:
        return None
    for key in _CONTENTS:
        found = value.get(key)
        if isinstance(found, str) and found.strip():
            return key
    return None


def _flat(value: Value, prefix: str = "") -> Iterator[str]:
    """Lines "path.to.key: value" in the order of the file; a list of plain values is one line."""
    waiting: list[tuple[str, Value]] = [(prefix, value)]
    while waiting:
        path, found = waiting.pop()
        if isinstance(found, dict):
            children = [(f"{path}.{key}" if path else key, child) for key, child in found.items()]
            waiting.extend(reversed(children))
        elif isinstance(found, list) and any(isinstance(child, dict | list) for child in found):
            items = [(f"{path}[{i}]", child) for i, child in enumerate(found, start=1)]
            waiting.extend(reversed(items))
        else:
            shown = _shown(found)
            if shown:
                yield f"{mend(path)}: {shown}" if path else shown


def _shown(value: Value) -> str:
    if isinstance(value, list):
        return ", ".join(filter(None, map(_shown, value)))
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(mend(value).split()) if isinstance(value, str) else ""
