"""How the API's description tells of streams of events."""

from __future__ import annotations

from typing import Any


def events(meaning: str, **schemas: str) -> dict[str, Any]:
    """The content `text/event-stream`: each event's name, and the schema of its `data` as JSON.

    `itemSchema` is OpenAPI 3.2's word for it; older readers see a text.
    """
    return {
        "schema": {"type": "string", "description": meaning},
        "itemSchema": {
            "oneOf": [
                {
                    "type": "object",
                    "required": ["event", "data"],
                    "properties": {
                        "event": {"const": name},
                        "data": {
                            "type": "string",
                            "contentMediaType": "application/json",
                            "contentSchema": {"$ref": f"#/components/schemas/{schema}"},
                        },
                    },
                }
                for name, schema in schemas.items()
            ]
        },
    }
