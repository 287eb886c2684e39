"""What a check of the index found."""

from __future__ import annotations

from typing import Any

from api.routes.bodies.fields import Body, Sent, example

_DIFFERENCE: dict[str, Any] = {
    "kind": "words_missing",
    "meaning": "passages that are not in the lexical index",
    "count": 3,
    "left": 0,
    "examples": [17, 18, 203],
}


class CheckIn(Body):
    """How the indexes are to be checked."""

    model_config = example(repair=True)

    repair: bool = False


class Difference(Sent):
    """What is wrong in one way: how often, what of it is `left`, and some ids or paths of it."""

    model_config = example(**_DIFFERENCE)

    kind: str
    meaning: str
    count: int
    left: int
    examples: list[int | str]


class CheckReport(Sent):
    """What a check found in so many passages; `clean` says that nothing is wrong any more."""

    model_config = example(clean=True, passages=4120, mended=True, problems=[_DIFFERENCE])

    clean: bool
    passages: int
    mended: bool
    problems: list[Difference]


class Rebuilt(Sent):
    """How many passages the new indexes hold."""

    model_config = example(passages=4120)

    passages: int
