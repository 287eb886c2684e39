"""What stands for a model that cannot be opened any more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ingest.errors import EmbedError
from ingest.types import Vectors


class Blind:
    """Stands for a model that cannot be opened any more: questions then go by words alone."""

    def __init__(self, name: str, dimensions: int) -> None:
        """Stands for the model of this name, whose vectors have so many dimensions."""
        self.name = name
        self.dimensions = dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Refuses: nothing new can be embedded by this model.

        Raises:
            EmbedError: always.
        """
        raise EmbedError(
            f"the model {self.name} cannot be opened; what is new is indexed when the next "
            "generation is built (footnote generations list)",
            retryable=True,
        )

    def embed_query(self, text: str) -> Vectors:
        """No meaning at all, which the retriever knows how to take."""
        return np.zeros(self.dimensions, np.float32)

    def reads_closely(self, text: str) -> bool:
        """See `Embedder.reads_closely`; it reads nothing."""
        return False

    def close(self) -> None:
        """See `Embedder.close`; nothing is open."""
