"""How an index is made: by the settings of today, or as a generation says."""

from __future__ import annotations

import structlog

from ingest.errors import EmbedError
from ingest.models.embedders.blind import Blind
from ingest.models.embedders.opening import open_embedder
from ingest.models.static import StaticModel
from ingest.settings import IngestSettings
from ingest.store.catalogue.generations import Recipe
from ingest.text.chunk import CHUNKER
from ingest.text.words import ANALYSER
from ingest.types import Embedder

_log = structlog.get_logger(__name__)


def recipe_of(settings: IngestSettings, embedder: Embedder) -> Recipe:
    """What an index would be made by with these settings today."""
    return Recipe(
        settings.embedder,
        embedder.name,
        embedder.dimensions,
        settings.chunk_tokens,
        settings.chunk_max_tokens,
        CHUNKER,
        ANALYSER,
    )


def same(one: Recipe, other: Recipe) -> bool:
    """Whether two recipes give the same index, however the model was named in the settings."""
    return {**one.to_json(), "embedder": ""} == {**other.to_json(), "embedder": ""}


def embedder_of(
    recipe: Recipe, settings: IngestSettings, static: StaticModel, given: Embedder
) -> Embedder:
    """The embedder of a recipe: the one at hand, or one that is opened for it, or `Blind`."""
    if given.name == recipe.model:
        return given
    try:
        other = open_embedder(settings.model_copy(update={"embedder": recipe.embedder}), static)
    except EmbedError as exc:
        _log.warning("the model of the index cannot be opened; words only", reason=str(exc))
        return Blind(recipe.model, recipe.dimensions)
    if (other.name, other.dimensions) != (recipe.model, recipe.dimensions):
        other.close()
        _log.warning("the model of the index is another one now; words only", model=recipe.model)
        return Blind(recipe.model, recipe.dimensions)
    return other
