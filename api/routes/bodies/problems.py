"""Refusals, as RFC 9457 says them."""

from __future__ import annotations

from api.routes.bodies.fields import Sent, example


class Problem(Sent):
    """A problem: `detail` says what is wrong and what to do."""

    model_config = example(
        type="about:blank",
        title="Not Found",
        status=404,
        detail="there is no such document, or you may not read it",
    )

    type: str
    title: str
    status: int
    detail: str
