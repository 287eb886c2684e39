"""GET /v1/examples: questions to begin with."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel

from api.auth import Asker, Running
from assistant.conversation.examples.examples import LANGUAGES

router = APIRouter(prefix="/v1", tags=["asking"])


class ExampleOut(BaseModel):
    """A question that the documents answer."""

    question: str
    language: Literal["en", "zh"]


class ExamplesOut(BaseModel):
    """At most four questions; none when the asker may read nothing that answers one."""

    examples: list[ExampleOut]


@router.get("/examples")
def examples(
    request: Request,
    asker: Asker,
    runtime: Running,
    language: Literal["en", "zh"] | None = None,
) -> ExamplesOut:
    """Questions that the documents which the asker may read can answer.

    In `language`; left out, in that of the browser (`Accept-Language`), or in both.
    """
    wanted = [language] if language else accepted(request.headers.get("accept-language", ""))
    found = runtime.examples.for_asker(asker, wanted)
    return ExamplesOut(
        examples=[
            ExampleOut(question=one.question, language="zh" if one.language == "zh" else "en")
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
