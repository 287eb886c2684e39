"""POST /v1/search: passages, best first."""

from __future__ import annotations

from fastapi import APIRouter, Response
from starlette.responses import JSONResponse

from api.auth import Caller, Running
from api.routes.bodies.answers import SearchResults
from api.routes.bodies.asking import SearchIn
from api.routes.refusals import refuses
from assistant.conversation.answer_json import passage_to_json

router = APIRouter(prefix="/v1", tags=["asking"])


# The JSON is made once, by `passage_to_json`; tests hold it to the model.
@router.post("/search", response_model=SearchResults, responses=refuses(503))
def search(body: SearchIn, asker: Caller, runtime: Running) -> Response:
    """The best passages for a query that the asker may read, and why each was found."""
    found = runtime.assistant.search(
        body.query, asker, limit=body.limit, filters=body.filters.as_filters()
    )
    return JSONResponse({"results": [passage_to_json(one) for one in found]})
