"""Schemas in words: what a value is, which values it may have, and the fields of a body."""

from __future__ import annotations

import html
import json
import re
from typing import Any

Schema = dict[str, Any]

_LIMITS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "length at least {}",
    "maxLength": "length at most {}",
    "minItems": "{} at least",
    "maxItems": "{} at most",
    "maxProperties": "{} at most",
    "pattern": "like {}",
}


def escaped(text: object) -> str:
    """Text for HTML, in attributes too."""
    return html.escape(str(text), quote=True)


def prose(text: str) -> str:
    """A docstring as paragraphs; what stands in backquotes is code."""
    paragraphs = [" ".join(one.split()) for one in text.split("\n\n") if one.strip()]
    return "".join(f"<p>{_inline(one)}</p>" for one in paragraphs)


def as_json(value: Any) -> str:
    """A value as people read it."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def model_html(name: str, schema: Schema) -> str:
    """A named body: what it is, its fields, an example."""
    parts = [f"<section class='model' id='schema-{escaped(name)}'><h3>{escaped(name)}</h3>"]
    parts.append(prose(schema.get("description", "")))
    if "enum" in schema:
        parts.append(f"<p>{_values(schema['enum'])}</p>")
    parts.append(_fields(schema))
    parts += [_example(one) for one in schema.get("examples", ())]
    return "".join([*parts, "</section>"])


def body_html(schema: Schema) -> str:
    """What a call's body looks like, to be opened."""
    if "properties" not in schema:
        return ""
    examples = "".join(f"<pre>{escaped(as_json(one))}</pre>" for one in schema["examples"])
    title = escaped(schema["title"])
    return f"<details><summary>{title} in full</summary>{_fields(schema)}{examples}</details>"


def named(schema: Schema, spec: Schema) -> Schema:
    """The named body that a schema refers to, which may be optional; else the schema itself."""
    for one in schema.get("anyOf", [schema]):
        if "$ref" in one:
            found: Schema = spec["components"]["schemas"][one["$ref"].rsplit("/", 1)[-1]]
            return found
    return schema


def _example(example: Schema) -> str:
    text = escaped(as_json(example))
    return f"<details><summary>Example</summary><pre>{text}</pre></details>"


def _fields(schema: Schema) -> str:
    """The fields of an object as a table."""
    required = schema.get("required", ())
    rows = [
        row_html(name, kind_html(one), one, required=name in required)
        for name, one in schema.get("properties", {}).items()
    ]
    return f"<div class='wide'><table>{''.join(rows)}</table></div>" if rows else ""


def row_html(name: str, kind: str, schema: Schema, *, required: bool) -> str:
    """One field or parameter: its name, what it is, what it may be."""
    notes = ["required"] if required else []
    limited = [schema, *schema.get("anyOf", ())]
    notes += [
        _inline(words.format(f"`{one[limit]:g}`" if isinstance(one[limit], float) else one[limit]))
        for one in limited
        for limit, words in _LIMITS.items()
        if limit in one
    ]
    if schema.get("default") is not None:
        notes.append(f"left out: <code>{escaped(json.dumps(schema['default']))}</code>")
    if schema.get("description"):
        notes.append(_inline(schema["description"]))
    return (
        f"<tr><th scope='row'><code>{escaped(name)}</code></th><td>{kind}</td>"
        f"<td>{'; '.join(notes)}</td></tr>"
    )


def kind_html(schema: Schema) -> str:
    """What a value is, named bodies as links."""
    if "anyOf" in schema:
        return " or ".join(kind_html(one) for one in schema["anyOf"])
    if "$ref" in schema:
        name = escaped(schema["$ref"].rsplit("/", 1)[-1])
        return f"<a href='#schema-{name}'>{name}</a>"
    if "enum" in schema:
        return _values(schema["enum"])
    if "const" in schema:
        return _values([schema["const"]])
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {kind_html(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {kind_html(schema['additionalProperties'])}"
    form = schema.get("format", "")
    return {"date-time": "time (RFC 3339)", "binary": "bytes"}.get(form, str(kind))


def _values(values: list[Any]) -> str:
    return " | ".join(f"<code>{escaped(json.dumps(one))}</code>" for one in values)


def _inline(text: str) -> str:
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escaped(text))
