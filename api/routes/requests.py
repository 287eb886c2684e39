"""What strangers may send: request bodies, checked before anything else sees them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from assistant.types import Filters, Mode


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


class Body(BaseModel):
    """A request body: unknown fields are refused by name."""

    model_config = ConfigDict(extra="forbid")


class FiltersIn(Body):
    """Narrows a search."""

    sources: list[Text] | None = None
    languages: list[Literal["en", "zh", "other"]] | None = None
    modified_after: datetime | None = None

    def as_filters(self) -> Filters:
        """For the assistant; a time without zone is UTC."""
        after = self.modified_after
        if after is not None and after.tzinfo is None:
            after = after.replace(tzinfo=UTC)
        return Filters(
            None if self.sources is None else frozenset(self.sources),
            None if self.languages is None else frozenset(self.languages),
            after,
        )


class AskIn(Body):
    """A question."""

    question: Annotated[Text, Field(min_length=1, max_length=4000)]
    conversation_id: Annotated[Text, Field(max_length=100)] | None = None
    filters: FiltersIn = FiltersIn()
    mode: Mode | None = None


class SearchIn(Body):
    """A search."""

    query: Annotated[Text, Field(min_length=1, max_length=4000)]
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    filters: FiltersIn = FiltersIn()


class FeedbackIn(Body):
    """A rating of an answer."""

    answer_id: Short
    rating: Literal["up", "down"]
    reason: Annotated[Text, Field(max_length=200)] | None = None
    comment: Annotated[Text, Field(max_length=4000)] | None = None


class AccessRuleIn(Body):
    """Files that match the glob are for these groups."""

    pattern: Annotated[Text, Field(min_length=1, max_length=1000)]
    groups: Annotated[list[Group], Field(max_length=200)]


class SourceIn(Body):
    """A folder or another place to be indexed; `options` are those of its kind."""

    name: Name
    path: Annotated[Text, Field(min_length=1, max_length=4000)]
    include: list[Text] = ["**/*"]
    exclude: list[Text] = []
    access: list[AccessRuleIn] = []
    owner: Short | None = None
    kind: Short = "folder"
    options: Annotated[dict[Short, JsonValue], Field(max_length=50)] = {}
    watch: bool = False
    interval_s: Annotated[int, Field(ge=10, le=366 * 86400)] | None = None


class SyncIn(Body):
    """How a sync is to be done."""

    dry_run: bool = False
    force: bool = False
    allow_mass_delete: bool = False
    reconcile: bool = False


class CheckIn(Body):
    """How the indexes are to be checked."""

    repair: bool = False


class GenerationIn(Body):
    """How another generation of the index is to be made; what is left out is as in the settings."""

    embedder: Short | None = None
    chunk_tokens: Annotated[int, Field(ge=32, le=1000)] | None = None
    chunk_max_tokens: Annotated[int, Field(ge=48, le=2000)] | None = None


class KeyIn(Body):
    """A key to be made."""

    name: Short
    role: Literal["employee", "admin", "bot"] = "employee"
    groups: Annotated[list[Group], Field(max_length=200)] = []
    expires_at: datetime | None = None


class PersonIn(Body):
    """Somebody for whom a bot may act."""

    email: Annotated[Text, StringConstraints(max_length=320, pattern=r"^[^@\s]+@[^@\s]+$")]
    name: Annotated[Text, Field(max_length=200)] = ""
    groups: Annotated[list[Group], Field(max_length=200)] = []
    role: Literal["employee", "admin"] = "employee"
