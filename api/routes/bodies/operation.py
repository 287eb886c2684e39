"""How the server is."""

from __future__ import annotations

from api.routes.bodies.fields import Sent, example


class Health(Sent):
    """The process lives."""

    model_config = example(status="ok")

    status: str


class Readiness(Sent):
    """Questions are answered; `note` says what is still going on, and is empty mostly."""

    model_config = example(status="ready", note="")

    status: str
    note: str


class NotReady(Sent):
    """Why no question can be answered."""

    model_config = example(status="the catalogue does not answer")

    status: str
