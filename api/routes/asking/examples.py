"""GET /v1/examples: questions to begin with."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request

from api.auth import Caller, Running
from api.routes.bodies.asking import Example, ExampleList
from api.routes.refusals import refuses
from assistant.conversation.examples.examples import LANGUAGES

router = APIRouter(prefix="/v1", tags=["asking"])

PATH = "/v1/examples"


@router.get("/examples", responses=refuses(503))
def list_examples(
    request: Request,
    asker: Caller,
    runtime: Running,
    language: Literal["en", "zh"] | None = None,
) -> ExampleList:
    """Questions that the documents which the asker may read can answer.

    In `language`; left out, in that of the browser (`Accept-Language`), or in both.
    """
    wanted = [language] if language else accepted(request.headers.get("accept-language", ""))
    found = runtime.examples.for_asker(asker, wanted)
    return ExampleList(
        examples=[
            Example(question=one.question, language="zh" if one.language == "zh" else "en")
            for one in found
        ]
    )


def accepted(header: str) -> list[str]:
    """The language of ours that an `Accept-Language` header prefers; all, if it names none."""
    weighed = []
    for part in header.split(","):
        name, _, parameters = part.strip().partition(";")
        quality = parameters.strip().removeprefix("q=") or "1"
        try:
            weighed.append((-float(quality), name.partition("-")[0].lower()))
        except ValueError:  # a header that is not as it should be names nothing
            continue
    for minus_quality, name in sorted(weighed, key=lambda one: one[0]):
        if name in LANGUAGES and minus_quality < 0:
            return [name]
    return list(LANGUAGES)
