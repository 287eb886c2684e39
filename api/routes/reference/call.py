"""One call: what it does, what goes in, what comes out, and a form to try it with."""

from __future__ import annotations

from typing import Any

from api.routes.reference.shapes import (
    as_json,
    body_html,
    escaped,
    kind_html,
    named,
    prose,
    row_html,
)

Spec = dict[str, Any]


def call_html(path: str, method: str, call: Spec, spec: Spec) -> str:
    """A call as an article, which its `operationId` names."""
    name = escaped(call["operationId"])
    return "".join(
        [
            f"<article id='{name}'><h3><b>{method.upper()}</b> <code>{escaped(path)}</code>",
            f" <small>{name}</small></h3>",
            prose(call.get("description", "")),
            _goes_in(call, spec),
            _comes_out(call, spec),
            _form(path, method, call, spec),
            "</article>",
        ]
    )


def _goes_in(call: Spec, spec: Spec) -> str:
    rows = [
        row_html(
            one["name"],
            f"{kind_html(one['schema'])}, in the {one['in']}",
            one["schema"],
            required=one.get("required", False),
        )
        for one in call.get("parameters", ())
    ]
    table = f"<div class='wide'><table>{''.join(rows)}</table></div>" if rows else ""
    bodies = [
        f"<p>Body: {kind_html(content['schema'])} as <code>{escaped(kind)}</code>.</p>"
        + body_html(named(content["schema"], spec))
        for kind, content in call.get("requestBody", {}).get("content", {}).items()
    ]
    return "".join([table, *bodies])


def _comes_out(call: Spec, spec: Spec) -> str:
    rows = []
    bodies = []
    for status, response in call["responses"].items():
        kinds = response.get("content", {})
        told = [_content(kind, content) for kind, content in kinds.items()]
        rows.append(
            f"<tr><th scope='row'>{escaped(status)}</th><td>{'<br>'.join(told) or 'nothing'}</td>"
            f"<td>{escaped(response['description'])}</td></tr>"
        )
        if status < "300" and "application/json" in kinds:
            bodies.append(body_html(named(kinds["application/json"]["schema"], spec)))
    table = f"<div class='wide'><table>{''.join(rows)}</table></div>"
    return "".join(["<h4>Answers</h4>", table, *bodies])


def _content(kind: str, content: Spec) -> str:
    """What an answer holds and of which kind it is; of a stream each event with its data."""
    if kind == "application/problem+json":
        return kind_html(content["schema"])
    events = content.get("itemSchema")
    if events is None:
        return f"{kind_html(content['schema'])} <code>{escaped(kind)}</code>"
    told = []
    for event in events.get("oneOf", [events]):
        name = event["properties"].get("event", {}).get("const", "data")
        data = kind_html(event["properties"]["data"]["contentSchema"])
        told.append(f"<code>{escaped(name)}</code>: {data}")
    return f"events {', '.join(told)} <code>{escaped(kind)}</code>"


def _form(path: str, method: str, call: Spec, spec: Spec) -> str:
    """The form; `tryout.js` sends it."""
    name = escaped(call["operationId"])
    fields = [_parameter(one, name, spec) for one in call.get("parameters", ())]
    for kind, content in call.get("requestBody", {}).get("content", {}).items():
        schema = named(content["schema"], spec)
        if kind == "multipart/form-data":
            fields += [_part(field, name) for field in schema["properties"]]
        else:
            example = escaped(as_json(schema["examples"][0]))
            fields.append(
                f"<label for='{name}-body'>Body</label><textarea id='{name}-body' name='body' "
                f"data-in='body' rows='{example.count(chr(10)) + 2}' spellcheck='false'>"
                f"{example}</textarea>"
            )
    answers = call["responses"]["200"]["content"] if "200" in call["responses"] else {}
    if len(answers) > 1 and "text/event-stream" in answers and "requestBody" in call:
        fields.append(
            f"<label for='{name}-events'>As events</label><input id='{name}-events' "
            "type='checkbox' data-in='accept' value='text/event-stream'>"
        )
    return (
        f"<details class='try'><summary>Try it</summary><form data-method='{method.upper()}' "
        f"data-path='{escaped(path)}'>{''.join(fields)}<p><button>Send</button> "
        "<button type='button' class='stop' hidden>Stop</button></p>"
        f"<output for='{name}' aria-label='Answer'></output></form></details>"
    )


def _parameter(one: Spec, call: str, spec: Spec) -> str:
    name, schema = escaped(one["name"]), one["schema"]
    label = f"<label for='{call}-{name}'><code>{name}</code></label>"
    known = f"id='{call}-{name}' name='{name}' data-in='{one['in']}'"
    required = " required" if one.get("required") else ""
    kinds = [named(kind, spec) for kind in (schema, *schema.get("anyOf", ()))]
    values = [value for kind in kinds for value in kind.get("enum", ())]
    if values:
        options = "".join(f"<option>{escaped(value)}</option>" for value in ["", *values])
        return f"{label}<select {known}>{options}</select>"
    default = "" if schema.get("default") is None else escaped(schema["default"])
    return f"{label}<input {known} value='{default}' spellcheck='false'{required}>"


def _part(field: str, call: str) -> str:
    name = escaped(field)
    kind = "file' required='" if field == "file" else "text"
    return (
        f"<label for='{call}-{name}'><code>{name}</code></label>"
        f"<input id='{call}-{name}' name='{name}' data-in='form' type='{kind}'>"
    )
