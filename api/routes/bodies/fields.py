"""What bodies are made of: the kinds of their fields, checked before anything else sees them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints


def _clean(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as exc:
        raise ValueError("holds half a character (a lone surrogate); send valid Unicode") from exc
    if "\0" in text:
        raise ValueError("holds a NUL character; leave it out")
    return text


Text = Annotated[str, AfterValidator(_clean)]
Name = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"),
]
Group = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=r"^[^\n\r]+$"),
    AfterValidator(_clean),
]
Short = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_clean)]

Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""A time as it is sent: RFC 3339 in UTC, to the second."""


class Body(BaseModel):
    """A request body: unknown fields are refused by name."""

    model_config = ConfigDict(extra="forbid")


class Sent(BaseModel):
    """A response body. Later versions may add fields; a client lets those pass."""


def example(**fields: Any) -> ConfigDict:
    """The configuration of a model with an example of it."""
    return ConfigDict(json_schema_extra={"examples": [fields]})
