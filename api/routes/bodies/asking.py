"""Questions, searches and ratings, as they are asked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from api.routes.bodies.fields import Body, Sent, Short, Text, example
from assistant.types import Filters, Mode

_EXAMPLE: dict[str, Any] = {
    "question": "How many days of annual leave do employees have?",
    "language": "en",
}


def _can_be_asked_for(mode: Any) -> Any:
    if mode == Mode.VERIFIED:
        raise ValueError(
            "'verified' cannot be asked for: this server keeps no verified answers; leave mode "
            "out, or send 'generated' or 'extractive'"
        )
    return mode


class FiltersIn(Body):
    """Narrows a search; what is left out or null does not narrow it."""

    model_config = example(
        sources=["handbook"], languages=["en"], modified_after="2025-01-01T00:00:00Z"
    )

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
    """A question. A `conversation_id` makes it a further one of that conversation.

    `mode` asks for an answer in a language model's words (`generated`) or in the documents' own
    (`extractive`); left out, the server chooses.
    """

    model_config = example(question="How many days of annual leave do I have?")

    question: Annotated[Text, Field(min_length=1, max_length=4000)]
    conversation_id: Annotated[Text, Field(max_length=100)] | None = None
    filters: FiltersIn = Field(default_factory=FiltersIn)
    mode: (
        Annotated[Literal[Mode.GENERATED, Mode.EXTRACTIVE], BeforeValidator(_can_be_asked_for)]
        | None
    ) = None


class SearchIn(Body):
    """A search."""

    model_config = example(query="annual leave", limit=5)

    query: Annotated[Text, Field(min_length=1, max_length=4000)]
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    filters: FiltersIn = Field(default_factory=FiltersIn)


class Example(Sent):
    """A question that the documents answer."""

    model_config = example(**_EXAMPLE)

    question: str
    language: Literal["en", "zh"]


class ExampleList(Sent):
    """At most four questions; none when the asker may read nothing that answers one."""

    model_config = example(examples=[_EXAMPLE])

    examples: list[Example]


class FeedbackIn(Body):
    """A rating of an answer."""

    model_config = example(
        answer_id="ans_6f1c0e4b9a7d2c3e5f60718a", rating="down", reason="out of date"
    )

    answer_id: Short
    rating: Literal["up", "down"]
    reason: Annotated[Text, Field(max_length=200)] | None = None
    comment: Annotated[Text, Field(max_length=4000)] | None = None
