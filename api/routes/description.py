"""The API's own description (OpenAPI 3.1): what FastAPI knows, and what it has to be told.

That is: the refusals that follow from a call's shape, the tags' words, and the schemas that only
streams and refusals use.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.routes.bodies.answers import Passage, SearchResults, StatusEvent, TokenEvent
from api.routes.bodies.fields import all_examples
from api.routes.bodies.problems import Problem
from api.routes.openai.chat_bodies import ChatChunk
from api.routes.refusals import refusal

TAGS = {
    "asking": "Questions and searches, answered from what the key's groups may read.",
    "conversations": "The asker's own conversations, and ratings of their answers.",
    "documents": "What footnotes open: documents with their exact text and their originals.",
    "openai": "OpenAI's shape of a chat, for clients that speak it; errors have its shape too.",
    "admin: sources": "Folders and other places that the index is kept true to.",
    "admin: jobs": "What is being indexed, how far it is, and what failed why.",
    "admin: documents": "Every document in every state; uploads.",
    "admin: accounts": "Keys, and people for whom chat bots act.",
    "admin: index": "Checking, mending, rebuilding and backing up; generations of the index.",
    "operation": "For load balancers and monitoring.",
}
"""The groups of calls in the order of the reference, and what they are for."""

_ALONE: Sequence[type[BaseModel]] = (
    Problem,
    Passage,
    SearchResults,
    StatusEvent,
    TokenEvent,
    ChatChunk,
)
"""Bodies that no route returns by itself."""

_DONE = {
    "200": "What was asked for.",
    "201": "It is made, and this is how it is now.",
    "202": "It is queued.",
    "204": "It is done.",
}
"""What success means where a route has no words of its own for it."""

_WITH_BODY = (400, 413, 415, 422)


def operation_name(route: APIRoute) -> str:
    """A call's `operationId`, which generators make a method's name of: its function's name."""
    return route.name


def describe(app: FastAPI) -> dict[str, Any]:
    """The description of the whole application; made once, as its routes don't change."""
    if app.openapi_schema is None:
        spec = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            tags=[{"name": name, "description": words} for name, words in TAGS.items()],
        )
        schemas = spec["components"]["schemas"]
        _, alone = models_json_schema(
            [(one, "serialization") for one in _ALONE], ref_template="#/components/schemas/{model}"
        )
        for name, schema in alone["$defs"].items():
            schemas.setdefault(name, schema)
        for name, examples in all_examples().items():
            if name in schemas:  # FastAPI leaves nulls out, also where they are meant
                schemas[name]["examples"] = examples
        _name_upload(spec)
        for path, calls in spec["paths"].items():
            for call in calls.values():
                _tell_refusals(path, call)
        for unused in ("HTTPValidationError", "ValidationError"):  # the framework's, never sent
            schemas.pop(unused, None)
        app.openapi_schema = spec
    return app.openapi_schema


def _name_upload(spec: dict[str, Any]) -> None:
    """A form has no class of its own: what FastAPI calls `Body_…` is called as other bodies are."""
    form = spec["components"]["schemas"].pop("Body_upload_document")
    form |= {
        "title": "UploadIn",
        "description": "A file, and where it stands among uploaded documents.",
        "examples": [{"file": "# Leave …", "path": "policies/leave.md", "groups": "everyone"}],
    }
    form["properties"]["file"]["format"] = "binary"  # how OpenAPI 3.0, and many a tool, says it
    spec["components"]["schemas"]["UploadIn"] = form
    content = spec["paths"]["/v1/admin/documents"]["post"]["requestBody"]["content"]
    content["multipart/form-data"]["schema"] = {"$ref": "#/components/schemas/UploadIn"}


def _tell_refusals(path: str, call: dict[str, Any]) -> None:
    """Adds the refusals that follow from what a call needs and takes."""
    responses = call["responses"]
    if _is_the_framework_s(responses.get("422")):
        del responses["422"]
    statuses = {500}
    if call.get("security"):
        statuses.add(401)
    if path.startswith("/v1/admin"):
        statuses.add(403)
    if any(_is_checked(one) for one in call.get("parameters", ())):
        statuses.add(422)
    if "requestBody" in call:
        statuses.update(_WITH_BODY)
    if "openai" in call["tags"]:  # its own routes tell of all but what is refused before them
        statuses &= {413}
    for status in statuses:
        responses.setdefault(str(status), refusal(status))
    for success, words in _DONE.items():
        if responses.get(success, {}).get("description") == "Successful Response":
            responses[success]["description"] = words
    call["responses"] = dict(sorted(responses.items()))


def _is_the_framework_s(response: dict[str, Any] | None) -> bool:
    return response is not None and "application/json" in response.get("content", {})


def _is_checked(parameter: dict[str, Any]) -> bool:
    """Whether a parameter can be wrong; any text is a good name of something."""
    schema = parameter["schema"]
    kinds = schema.get("anyOf", [schema])
    return any(
        "$ref" in one or one.keys() - {"type", "title"} or one["type"] not in ("string", "null")
        for one in kinds
    )
