"""What a quote must hold of a claim for each verdict.

The numbers below are tuned; `make bench BENCH_ARGS=constants` measures them again.
"""

from __future__ import annotations

from assistant.checking.align import Evidence
from assistant.checking.claim import Claim
from assistant.types import Verdict

COVERED = 0.62
"""Share of a statement's words that its quotes must hold to bear it out."""

ALIKE = 0.80
"""Or the share of its meaning, with at least `COVERED_IF_ALIKE` of its words."""

COVERED_IF_ALIKE = 0.40
"""See `ALIKE`; also what a clause's own quote must hold of it."""

ALIKE_ACROSS = 0.56
"""Likeness in meaning (see `align`) that quotes of another language must have."""

PARTLY_COVERED = 0.30
"""Least share of words for a quote to be shown at all."""

PARTLY_ALIKE_ACROSS = 0.47
"""Least likeness for a quote of another language to be shown at all."""


RANK = {Verdict.SUPPORTED: 2, Verdict.PARTLY: 1, Verdict.UNSUPPORTED: 0}
"""Which of two verdicts is the better one."""


def level(claim: Claim, evidence: Evidence) -> Verdict:
    """In one language: by words, or by fewer of them where the meaning is alike."""
    covered, similar = evidence.covered, evidence.similar
    if not claim.terms:
        # Nothing but figures: they say it all, or nothing.
        held = bool(claim.figures or claim.codes) and not evidence.missing
        return Verdict.SUPPORTED if held else Verdict.UNSUPPORTED
    if covered >= COVERED:
        return Verdict.SUPPORTED
    if similar is not None and similar >= ALIKE and covered >= COVERED_IF_ALIKE:
        return Verdict.SUPPORTED
    return Verdict.PARTLY if covered >= PARTLY_COVERED else Verdict.UNSUPPORTED


def level_across(claim: Claim, evidence: Evidence) -> Verdict:
    """Across languages: by meaning, or, where nothing compares it, by figures and codes alone."""
    if evidence.similar is not None:
        if evidence.similar >= ALIKE_ACROSS:
            return Verdict.SUPPORTED
        return Verdict.PARTLY if evidence.similar >= PARTLY_ALIKE_ACROSS else Verdict.UNSUPPORTED
    held = len(claim.figures | claim.codes) - evidence.missing
    return Verdict.PARTLY if held > 0 and not evidence.missing else Verdict.UNSUPPORTED
