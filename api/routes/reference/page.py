"""The reference as one page of HTML, made from the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from api.routes.reference.call import call_html
from api.routes.reference.shapes import escaped, model_html, prose

Spec = dict[str, Any]


def page(spec: Spec) -> str:
    """The whole page."""
    return "".join(_parts(spec))


def _parts(spec: Spec) -> Iterator[str]:
    title = f"{escaped(spec['info']['title'])} API"
    yield "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
    yield "<meta name='viewport' content='width=device-width'>"
    yield f"<title>{title}</title><link rel='stylesheet' href='/docs.css'>"
    yield "<link rel='icon' href='/web/icon.svg'>"
    yield "<script type='module' src='/docs.js'></script></head><body>"
    yield "<a class='skip' href='#calls'>Skip to the calls</a>"
    yield f"<nav aria-label='Calls'>{_contents(spec)}</nav><main>"
    yield f"<h1>{title} <small>{escaped(spec['info']['version'])}</small></h1>"
    yield prose(spec["info"]["description"])
    yield "<p>Machine-readable: <a href='/openapi.json'>openapi.json</a>. A refusal is a "
    yield "<a href='#schema-Problem'>Problem</a> of the kind <code>application/problem+json</code> "
    yield "(RFC 9457).</p>"
    for scheme in spec["components"]["securitySchemes"].values():
        yield prose(scheme["description"])
    yield "<form class='key'><label for='key'>Your key, for trying calls out</label> "
    yield "<input id='key' type='password' autocomplete='off' spellcheck='false' "
    yield "placeholder='fn_…'> <span>It stays in this tab and is forgotten with it.</span></form>"
    yield "<div id='calls'>"
    for tag in spec["tags"]:
        yield f"<h2 id='tag-{_slug(tag['name'])}'>{escaped(tag['name'])}</h2>"
        yield prose(tag["description"])
        yield from (
            call_html(path, method, call, spec) for path, method, call in _calls(spec, tag["name"])
        )
    yield "</div><h2 id='schemas'>Bodies</h2>"
    for name, schema in sorted(spec["components"]["schemas"].items()):
        yield model_html(name, schema)
    yield "</main></body></html>"


def _contents(spec: Spec) -> str:
    groups = []
    for tag in spec["tags"]:
        calls = "".join(
            f"<li><a href='#{call['operationId']}'><b>{method.upper()}</b> {escaped(path)}</a>"
            for path, method, call in _calls(spec, tag["name"])
        )
        slug = _slug(tag["name"])
        groups.append(f"<a href='#tag-{slug}'>{escaped(tag['name'])}</a><ul>{calls}</ul>")
    return "".join([*groups, "<a href='#schemas'>Bodies</a>"])


def _calls(spec: Spec, tag: str) -> Iterator[tuple[str, str, Spec]]:
    for path, methods in spec["paths"].items():
        for method, call in methods.items():
            if tag in call["tags"]:
                yield path, method, call


def _slug(tag: str) -> str:
    return tag.replace(": ", "-").replace(" ", "-")
