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


class Described(BaseModel):
    """Any body: it has an example in the API's description."""


class Body(Described):
    """A request body: unknown fields are refused by name."""

    model_config = ConfigDict(extra="forbid")


class Understood(Described):
    """A request body in others' shape: what is not understood of it has no effect."""

    model_config = ConfigDict(extra="ignore")


class Sent(Described):
    """A response body. Later versions may add fields; a client lets those pass."""


def example(**fields: Any) -> ConfigDict:
    """The configuration of a model with an example of it."""
    return ConfigDict(json_schema_extra={"examples": [fields]})


def all_examples(of: type[BaseModel] = Described) -> dict[str, list[dict[str, Any]]]:
    """The examples of all bodies that are built upon one, by the body's name."""
    found: dict[str, list[dict[str, Any]]] = {}
    for one in of.__subclasses__():
        extra = one.model_config.get("json_schema_extra")
        if isinstance(extra, dict):
            found[one.__name__] = extra["examples"]  # type: ignore[assignment]  # what `example` put there
        found |= all_examples(one)
    return found
