"""How the API's description tells of refusals: which status codes a call can give, and their body.

What follows from a call's shape (a key is needed, a body is read) is worked out in `description`;
a route names only what is its own, with `refuses`.
"""

from __future__ import annotations

from typing import Any

MEANINGS: dict[int, str] = {
    400: "The body is not valid JSON.",
    401: "No key, or one that is unknown, expired or revoked.",
    403: "Only an admin key may do this.",
    404: "There is no such thing, or the asker may not read it.",
    409: "It cannot be done in the state that things are in.",
    413: "The body is too large.",
    415: "The body is of a kind that is not understood.",
    422: "Something in the request is not allowed; the problem names it.",
    500: "Something went wrong inside the server; its log says more.",
    503: "It cannot be done just now: a disk is full, or something that is needed is away.",
}
"""What each status code means to whoever calls."""


def refuses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: the problems that are its own."""
    return {status: refusal(status) for status in statuses}


def refusal(status: int) -> dict[str, Any]:
    """How one status code is described."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": MEANINGS[status],
        "content": {"application/problem+json": {"schema": schema}},
    }
