"""Generations of the index."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field

from api.routes.bodies.fields import Body, Moment, Sent, Short, example
from assistant.conversation.answer_json import time_text
from ingest.store import overview
from ingest.store.catalogue.generations import GenerationState

_RECIPE: dict[str, Any] = {
    "embedder": "builtin",
    "model": "footnote-static-1",
    "dimensions": 256,
    "chunk_tokens": 220,
    "chunk_max_tokens": 400,
    "chunker": 1,
    "analyser": 1,
}
_GENERATION: dict[str, Any] = {
    "id": 1,
    "state": "live",
    "recipe": _RECIPE,
    "documents_waiting": 0,
    "created_at": "2025-11-01T10:00:00Z",
    "switched_at": None,
}


class GenerationIn(Body):
    """How another generation of the index is to be made; what is left out is as in the settings."""

    model_config = example(chunk_tokens=160)

    embedder: Short | None = None
    chunk_tokens: Annotated[int, Field(ge=32, le=1000)] | None = None
    chunk_max_tokens: Annotated[int, Field(ge=48, le=2000)] | None = None


class Recipe(Sent):
    """All that decides what an index holds for a given text.

    `model` is the name that vectors are kept under; `chunker` and `analyser` are versions.
    """

    model_config = example(**_RECIPE)

    embedder: str
    model: str
    dimensions: int
    chunk_tokens: int
    chunk_max_tokens: int
    chunker: int
    analyser: int


class Generation(Sent):
    """A generation; `documents_waiting` are not in it yet."""

    model_config = example(**_GENERATION)

    id: int
    state: GenerationState
    recipe: Recipe
    documents_waiting: int
    created_at: Moment
    switched_at: Moment | None

    @classmethod
    def of(cls, one: overview.GenerationAsItIs) -> Self:
        """As it is sent."""
        generation = one.generation
        return cls(
            id=generation.id,
            state=generation.state,
            recipe=Recipe(**generation.recipe.to_json()),
            documents_waiting=one.waiting,
            created_at=time_text(generation.created_at),
            switched_at=time_text(generation.switched_at),
        )


class GenerationList(Sent):
    """Every generation, oldest first; `outdated` says that the settings ask for another."""

    model_config = example(generations=[_GENERATION], outdated=False)

    generations: list[Generation]
    outdated: bool


class GenerationSubmitted(Sent):
    """The job that builds a generation and switches to it."""

    model_config = example(generation=2, job_id="job_9c2d7e1f0a3b4c5d6e7f8091")

    generation: int
    job_id: str
