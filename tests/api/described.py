"""Holds what a server sends to what its own description promises."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import httpx
from jsonschema import Draft202012Validator

Spec = dict[str, Any]


class Described:
    """The description of one server; `check` is an event hook of `httpx` clients."""

    def __init__(self, read: Callable[[], Spec]) -> None:
        """`read` gives the OpenAPI document; it is called when it is first needed."""
        self._read = read
        self._validators: dict[str, Draft202012Validator] = {}

    @cached_property
    def spec(self) -> Spec:
        """The document, its objects closed: a field that no schema names is found out."""
        spec = json.loads(json.dumps(self._read()))
        for schema in spec["components"]["schemas"].values():
            if "properties" in schema:
                schema.setdefault("additionalProperties", False)
        return spec

    @cached_property
    def _paths(self) -> list[tuple[re.Pattern[str], str]]:
        # Those without parameters first: /v1/models/{name} is not asked for /v1/models.
        paths = sorted(self.spec["paths"], key=lambda path: path.count("{"))
        return [(re.compile(re.sub(r"\{[^}]*\}", "[^/]+", path)), path) for path in paths]

    def call(self, method: str, path: str) -> Spec | None:
        """What is said of a call; None where the address or the method is none of the API's."""
        for pattern, known in self._paths:
            if pattern.fullmatch(path):
                found: Spec | None = self.spec["paths"][known].get(method.lower())
                return found
        return None

    def check(self, answer: httpx.Response) -> None:
        """Fails if the answer is not as it is described: status, kind and body."""
        request = answer.request
        call = self.call(request.method, request.url.path)
        if call is None:
            return
        where = f"{request.method} {request.url.path} {answer.status_code}"
        response = call["responses"].get(str(answer.status_code))
        assert response is not None, f"{where}: this status is not described"
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if "content" not in response:
            assert answer.read() == b"", f"{where}: a body was not described"
            return
        anything = "application/octet-stream" in response["content"]
        assert anything or kind in response["content"], f"{where}: {kind} is not described"
        if kind in ("application/json", "application/problem+json") and not anything:
            answer.read()
            self.must_fit(answer.json(), response["content"][kind]["schema"], where)

    def must_fit(self, body: Any, schema: Spec, where: str) -> None:
        """Fails if a body does not fit a schema of the document."""
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            whole = {**schema, "components": self.spec["components"]}
            self._validators[key] = Draft202012Validator(whole)
        wrong = [
            f"{error.json_path}: {error.message[:300]}"
            for error in self._validators[key].iter_errors(body)
        ]
        assert wrong == [], f"{where}: {wrong}"

    def event_schemas(self, method: str, path: str) -> dict[str, Spec]:
        """The schema of each event's data, by the event's name."""
        call = self.call(method, path)
        assert call is not None
        items = call["responses"]["200"]["content"]["text/event-stream"]["itemSchema"]["oneOf"]
        return {
            one["properties"]["event"]["const"]: one["properties"]["data"]["contentSchema"]
            for one in items
        }


def events_of(answer: httpx.Response) -> Iterator[tuple[str, Any]]:
    """The events of a stream, each with its data."""
    name = ""
    for line in answer.iter_lines():
        field, _, value = line.partition(":")
        if field == "event":
            name = value.strip()
        elif field == "data":
            yield name, json.loads(value)
