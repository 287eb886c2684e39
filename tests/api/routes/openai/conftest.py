"""A server with the OpenAI-shaped routes, and OpenAI's client for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import openai
import pytest
from fastapi import FastAPI, HTTPException, Request

from api.asking.answering import Answering
from api.errors import Refusal
from api.routes.openai.router import openai_router
from assistant.access import principal
from assistant.types import Principal, Role
from ingest.store.catalogue.database.engine import Catalogue
from tests.api.bots.serving import serving
from tests.api.bots.shelf import Shelf

PUBLIC_URL = "https://kb.example.com"


@dataclass
class Site:
    """A server; the key "good" is an employee's, "hr" one of hr, "busy" has asked too much."""

    url: str
    shelf: Shelf

    def client(self, key: str = "good") -> openai.OpenAI:
        """OpenAI's client, as anybody would set it up."""
        return client(self.url, key)


def client(url: str, key: str = "good") -> openai.OpenAI:
    """OpenAI's client of a server."""
    return openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0)


@contextmanager
def serving_openai(assistant: Answering, catalogue: Catalogue) -> Iterator[str]:
    """Serves the routes over an assistant; the address."""

    def who(request: Request) -> Principal:
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        if key == "busy":
            raise HTTPException(429, "too many questions; wait", {"Retry-After": "7"})
        if key == "closed":
            raise Refusal(403, "not for you", {"X-Reason": "closed"})
        if key not in ("good", "hr"):
            raise HTTPException(401, "this key is not known")
        with catalogue.read() as connection:
            return principal(connection, key, key, Role.EMPLOYEE, [key])

    app = FastAPI()
    app.include_router(
        openai_router(lambda: assistant, who, public_url=PUBLIC_URL, generates=False)
    )
    with serving(app) as url:
        yield url


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A running server over a shelf of documents."""
    catalogue = Catalogue(f"sqlite:///{tmp_path / 'catalogue.db'}")
    shelf = Shelf(catalogue)
    shelf.put("leave", "Annual leave is 25 days.", "everyone")
    shelf.put("salaries", "Carol earns 90000.", "hr")
    with serving_openai(shelf, catalogue) as url:
        yield Site(url, shelf)
    catalogue.close()
