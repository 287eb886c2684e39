"""The application factory: the only place where routes, pages and bots are put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import Depends, FastAPI, Request
from fastapi.staticfiles import StaticFiles
from starlette.responses import FileResponse

from api import errors
from api.asking.answering import Answering
from api.asking.places import InLine
from api.auth import Caller, Running, runtime_of, who_asks
from api.limits import LimitedBodies
from api.observe.requests import Observed
from api.routes import admin, health
from api.routes.asking import ask, conversations, documents, examples, me, search
from api.routes.description import describe, operation_name
from api.routes.openai.router import openai_router
from api.routes.reference.serving import docs_router
from api.runtime import Runtime

WEB = Path(__file__).parent / "web"


def create_app(runtime: Runtime) -> FastAPI:
    """The HTTP application over an open runtime, which the caller closes afterwards."""
    app = FastAPI(
        title="Footnote",
        version="0.1.0",
        description="Ask your company's documents; every statement has a footnote.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would name whatever host the request claimed
        generate_unique_id_function=operation_name,
    )
    app.state.runtime = runtime
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]  # FastAPI's own way
    errors.install(app)
    place = [Depends(_place)]
    for module in (ask, search, examples):
        app.include_router(module.router, dependencies=place)
    for module in (documents, conversations, me, *admin.MODULES, health):
        app.include_router(module.router)
    app.include_router(
        openai_router(
            _answering,
            who_asks,
            public_url=runtime.settings.public_url,
            generates=runtime.llm is not None,
        ),
        dependencies=place,
    )
    _add_slack(app, runtime)
    app.include_router(docs_router)
    _add_pages(app)
    app.add_middleware(LimitedBodies, upload_mb=runtime.settings.max_upload_mb)
    app.add_middleware(Observed, metrics=runtime.metrics)
    return app


async def _place(request: Request, runtime: Running, _: Caller) -> AsyncIterator[None]:
    """Holds a question's place until its answer is sent; lists of models need none."""
    if request.method == "POST" or request.url.path == examples.PATH:
        async with runtime.places.held_by_request():
            yield
    else:
        yield


def _answering(request: Request) -> Answering:
    return runtime_of(request).assistant


def _add_slack(app: FastAPI, runtime: Runtime) -> None:
    secret, token = runtime.settings.slack_signing_secret, runtime.settings.slack_bot_token
    if secret is None or token is None:
        return
    from api.bots.slack.bot import SlackBot, SlackCredentials

    bot = SlackBot(
        SlackCredentials(secret.get_secret_value(), token.get_secret_value()),
        InLine(runtime.assistant, runtime.places),
        runtime.library.catalogue,
        public_url=runtime.settings.public_url,
    )
    app.include_router(bot.router)
    app.router.on_shutdown.append(bot.close)


def _add_pages(app: FastAPI) -> None:
    app.mount("/web", StaticFiles(directory=WEB), name="web")

    @app.get("/", include_in_schema=False)
    @app.get("/d/{document_id}", include_in_schema=False)
    def page() -> FileResponse:
        """The page; it asks the API for everything else."""
        return FileResponse(WEB / "index.html")
