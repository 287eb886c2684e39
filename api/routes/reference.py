"""The API's reference at /docs, from its OpenAPI description and nothing from outside."""

from __future__ import annotations

import html
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

docs_router = APIRouter()

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
main { max-width: 52rem; margin: 2rem auto; padding: 0 1rem }
section { border-top: 1px solid #8886; padding: .5rem 0 }
h2 { font-size: 1.05rem }
table { border-collapse: collapse }
td, th { text-align: left; padding: .15rem .9rem .15rem 0; vertical-align: top }
"""


@docs_router.get("/docs.css", include_in_schema=False)
def style() -> Response:
    """The reference's style."""
    return Response(_STYLE, media_type="text/css")


@docs_router.get("/docs", include_in_schema=False)
def docs(request: Request) -> HTMLResponse:
    """Every call with what goes in and what comes out."""
    spec = request.app.openapi()
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width'><title>Footnote API</title>",
        "<link rel='stylesheet' href='/docs.css'></head><body><main>",
        f"<h1>{html.escape(spec['info']['title'])} API</h1>",
        "<p>Authorization: <code>Bearer &lt;key&gt;</code>. Errors are "
        "<code>application/problem+json</code> (RFC 9457). Machine-readable: "
        "<a href='/openapi.json'>openapi.json</a>.</p>",
    ]
    for path, methods in spec["paths"].items():
        for method, call in methods.items():
            parts.append(_call(path, method, call, spec))
    parts.append("</main></body></html>")
    return HTMLResponse("".join(parts))


def _call(path: str, method: str, call: dict[str, Any], spec: dict[str, Any]) -> str:
    out = [f"<section><h2><b>{method.upper()}</b> <code>{html.escape(path)}</code></h2>"]
    out.append(f"<p>{html.escape(call.get('description') or call.get('summary') or '')}</p>")
    rows = [
        (one["name"], one["in"], one["schema"], one.get("required", False))
        for one in call.get("parameters", [])
    ]
    for content in call.get("requestBody", {}).get("content", {}).values():
        body = _resolved(content["schema"], spec)
        required = body.get("required", [])
        rows.extend(
            (name, "body", schema, name in required)
            for name, schema in body.get("properties", {}).items()
        )
    if rows:
        out.append("<table><tr><th>name</th><th>in</th><th>type</th><th></th></tr>")
        for name, where, schema, required in rows:
            out.append(
                f"<tr><td><code>{html.escape(name)}</code></td><td>{where}</td>"
                f"<td>{html.escape(_type(schema, spec))}</td>"
                f"<td>{'required' if required else ''}</td></tr>"
            )
        out.append("</table>")
    return "".join([*out, "</section>"])


def _resolved(schema: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: dict[str, Any] = spec["components"]["schemas"][reference.rsplit("/", 1)[-1]]
    return found


def _type(schema: dict[str, Any], spec: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_type(one, spec) for one in schema["anyOf"])
    if "$ref" in schema:
        resolved = _resolved(schema, spec)
        if "enum" in resolved:
            return " | ".join(str(one) for one in resolved["enum"])
        inside = ", ".join(
            f"{name}: {_type(one, spec)}" for name, one in resolved.get("properties", {}).items()
        )
        return f"{{{inside}}}"
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items', {}), spec)}]"
    return str(schema.get("type", "any"))
