"""POST /v1/search: passages, best first."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from api.auth import Asker, Running
from api.routes.requests import SearchIn
from assistant.conversation.answer_json import passage_to_json

router = APIRouter(prefix="/v1", tags=["asking"])


@router.post("/search")
def search(body: SearchIn, asker: Asker, runtime: Running) -> dict[str, Any]:
    """The best passages for a query that the asker may read, and why each was found."""
    found = runtime.assistant.search(
        body.query, asker, limit=body.limit, filters=body.filters.as_filters()
    )
    return {"results": [passage_to_json(one) for one in found]}
