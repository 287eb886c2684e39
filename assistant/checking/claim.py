"""A statement as it is compared with its quotes: analysed once, whatever asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from assistant.analysis import figures
from assistant.analysis.passage import Rows
from assistant.checking import commitments
from ingest.models.static import StaticModel
from ingest.text.language import language_of
from ingest.text.words import terms


@dataclass(frozen=True)
class Claim:
    """A statement as it is compared: its words, figures, codes and what was asked."""

    text: str
    asked: frozenset[str]
    model: StaticModel | None = None

    @cached_property
    def terms(self) -> frozenset[str]:
        """Content words; figures are compared by value, not as words."""
        return frozenset(terms(figures.without_figures(self.text)))

    @cached_property
    def figures(self) -> frozenset[str]:
        """See `figures.demanded`."""
        return figures.demanded(self.text)

    @cached_property
    def codes(self) -> frozenset[str]:
        """See `commitments.codes`."""
        return commitments.codes(self.text)

    @cached_property
    def names(self) -> frozenset[str]:
        """See `commitments.names`."""
        return commitments.names(self.text)

    @cached_property
    def language(self) -> str:
        """ "en", "zh" or "other"."""
        return language_of(self.text)

    @cached_property
    def rows(self) -> Rows:
        """Its words as rows of the model."""
        return np.zeros(0, np.int32) if self.model is None else self.model.compared_words(self.text)

    @cached_property
    def tokens(self) -> Rows:
        """Its different words as rows of the model."""
        return self.rows if self.model is None else self.model.different(self.rows)
